"""What the double of Stripe holds: objects, their events, and its clock."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from copy import deepcopy
from datetime import UTC, datetime, timedelta
from typing import Any, Literal

from tests.support.stripe_shapes import Record, blank

# `absent`: the bank wants the holder and says so by declining what they are not present for.
Card = Literal["ok", "declined", "3ds", "absent"]

SEARCH_LAG = 60  # seconds before search sees a new object
_PREFIXES = {
    "tax_id": "txi",
    "product": "prod",
    "price": "price",
    "customer": "cus",
    "checkout.session": "cs_test",
    "subscription": "sub",
    "subscription_item": "si",
    "subscription_schedule": "sub_sched",
    "invoice": "in",
    "invoiceitem": "ii",
    "line_item": "il",
    "invoice_payment": "inpay",
    "payment_intent": "pi",
    "payment_method": "pm",
    "charge": "ch",
    "refund": "re",
    "dispute": "dp",
    "coupon": "coupon",
    "discount": "di",
    "event": "evt",
    "billing_portal.session": "bps",
}


class Refusal(Exception):
    """One of Stripe's error answers."""

    def __init__(
        self, status: int, message: str, kind: str = "invalid_request_error", **fields: object
    ) -> None:
        super().__init__(message)
        self.status = status
        self.body = {"error": {"type": kind, "message": message, **fields}}


class Store:
    def __init__(self) -> None:
        self.objects: dict[str, Record] = {}
        self._by_kind: dict[str, list[Record]] = {}
        self.cards: dict[str, Card] = {}
        self.orders: dict[str, dict[str, Any]] = {}  # what each checkout session sells
        self.prorations: dict[str, list[Any]] = {}  # lines due on a subscription's next bill
        # By the invoice that a change waits for: the subscription and the item as it is wanted.
        self.pending: dict[str, tuple[str, dict[str, Any]]] = {}
        self.has_search = True
        self.offset = timedelta()
        self._counter = 0

    def now(self) -> datetime:
        return datetime.now(UTC) + self.offset

    def timestamp(self) -> int:
        return int(self.now().timestamp())

    def reach(self, timestamp: int) -> None:
        """Time goes on to a instant, never back."""
        ahead = datetime.fromtimestamp(timestamp, UTC) - self.now()
        self.offset += max(ahead, timedelta())

    def add(self, kind: str, identity: str = "", **fields: object) -> Record:
        self._counter += 1
        made = blank(kind)
        for name, value in (("created", self.timestamp()), ("livemode", False)):
            if name in made:
                made[name] = value
        made.update(fields, id=identity or f"{_PREFIXES[kind]}_{self._counter:06d}")
        self.objects[made["id"]] = made
        self._by_kind.setdefault(kind, []).append(made)
        return made

    def get(self, identity: str, *, param: str = "id", status: int = 404) -> Record:
        found = self.objects.get(identity)
        if found is None:
            raise Refusal(
                status, f"No such object: '{identity}'", code="resource_missing", param=param
            )
        return found

    def remove(self, identity: str) -> None:
        gone = self.objects.pop(identity)
        self._by_kind[gone["object"]].remove(gone)

    def every(self, kind: str, keep: Callable[[Record], bool] = lambda _: True) -> list[Record]:
        """Newest first, as Stripe lists."""
        return [each for each in self._by_kind.get(kind, ())[::-1] if keep(each)]

    def emit(self, kind: str, named: Record) -> None:
        self.add(
            "event",
            type=kind,
            api_version="2026-10-28.endive",
            data={"object": deepcopy(named)},
            pending_webhooks=1,
        )

    def update(self, record: Record, changes: Mapping[str, Any]) -> None:
        """Metadata is merged, an empty value of it removes the key."""
        for name, value in changes.items():
            if name == "metadata":
                merged = {**(record["metadata"] or {}), **value}
                record["metadata"] = {key: each for key, each in merged.items() if each != ""}
            else:
                record[name] = value

    def listed(self, found: list[Record], url: str, params: Mapping[str, Any]) -> Record:
        """A page of a list, with what `expand` asks for."""
        after = params.get("starting_after")
        if after is not None:
            position = [each["id"] for each in found].index(after)
            found = found[position + 1 :]
        limit = params.get("limit", 10)
        page = {"object": "list", "url": url, "has_more": len(found) > limit, "data": found[:limit]}
        return self.view(page, params.get("expand", []))

    def searched(self, kind: str, params: Mapping[str, Any]) -> Record:
        """Only `metadata['key']:'value'`, and only what the index has seen."""
        if not self.has_search:
            raise Refusal(400, "Search is not available in your country.")
        matched = re.fullmatch(r"metadata\['(\w+)'\]:'(.*)'", params["query"])
        if matched is None:
            raise Refusal(400, "The query is not understood.")
        key, value = matched[1], re.sub(r"\\(.)", r"\1", matched[2])
        seen = self.timestamp() - SEARCH_LAG

        def keep(each: Record) -> bool:
            known = each["created"] <= seen and not each.get("deleted")
            return bool(known and (each["metadata"] or {}).get(key) == value)

        found = self.every(kind, keep)[: params.get("limit", 10)]
        url = f"/v1/{kind}s/search"
        return {"object": "search_result", "url": url, "has_more": False, "data": found}

    def view(self, record: Record, expand: list[str]) -> Record:
        shown = deepcopy(record)
        for path in expand:
            steps = path.split(".")
            if len(steps) > 4:
                raise Refusal(400, "You cannot expand more than 4 levels of a property.")
            self._expand(shown, steps)
        return shown

    def _expand(self, place: Record, steps: list[str]) -> None:
        step, *rest = steps
        if step == "payments" and place["object"] == "invoice":
            place.setdefault("payments", self._payments(place["id"]))
        if step == "refunds" and place["object"] == "charge":
            found = self.every("refund", lambda each: each["charge"] == place["id"])
            url = f"/v1/charges/{place['id']}/refunds"
            place["refunds"] = self.listed(found, url, {})
        value = place.get(step)
        if isinstance(value, str):
            value = place[step] = self._shown(value)
        elif isinstance(value, list) and all(isinstance(each, str) for each in value):
            value = place[step] = [self._shown(each) for each in value]
        if rest:
            for each in _each(value):
                self._expand(each, rest)

    def _shown(self, identity: str) -> Record:
        found = deepcopy(self.get(identity))
        if found.get("deleted"):
            return {name: found[name] for name in ("id", "object", "deleted")}
        return found

    def _payments(self, invoice: str) -> Record:
        found = self.every("invoice_payment", lambda each: each["invoice"] == invoice)
        data = deepcopy(found)
        return {"object": "list", "url": "/v1/invoice_payments", "has_more": False, "data": data}


def _each(value: Record | list[Record] | None) -> Iterator[Record]:
    if isinstance(value, list):
        yield from value
    elif value is not None:
        yield value
