"""Plans, which can be neither changed nor archived. Products do not exist: our slug stands for one.

So a plan that is renamed in the catalogue keeps its old name here until its price changes: a second
one at the same price would only split its subscribers over two. There is no idempotency key
either: a plan is looked for before it is created.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from gateways.port import Interval, PlanRef, PlanSpec
from gateways.razorpay.client import Json, RazorpayClient, every_item, send, text
from gateways.razorpay.money import from_razorpay
from kernel.money import Money

_PERIOD: dict[Interval, str] = {"month": "monthly", "year": "yearly"}


@dataclass(frozen=True, slots=True)
class Terms:
    price: Money
    interval: Interval
    interval_count: int = 1


class Catalogue:
    def __init__(self, client: RazorpayClient) -> None:
        self._client = client
        self._terms: dict[str, Terms] = {}

    def ensure_plan(self, command_id: str, plan: PlanSpec, current: PlanRef | None) -> PlanRef:
        wanted = Terms(plan.price, plan.interval)
        if current is not None and self.terms(current.price) == wanted:
            return PlanRef(plan.slug, current.price, plan.price)
        for ref, terms in self._ours(plan.slug):
            if terms == wanted:
                return PlanRef(plan.slug, ref, plan.price)
        made = send(self._client.sdk.plan.create, _body(command_id, plan))
        return PlanRef(plan.slug, text(made, "id"), plan.price)

    def archive_plan(self, command_id: str, current: PlanRef) -> None:
        """Razorpay's plans stay for ever."""

    def terms(self, ref: str) -> Terms:
        """Fetched once: plans are immutable."""
        if ref not in self._terms:
            self._terms[ref] = _terms(send(self._client.sdk.plan.fetch, ref))
        return self._terms[ref]

    def _ours(self, slug: str) -> Iterator[tuple[str, Terms]]:
        for plan in every_item(self._client.sdk.plan.all, {}):
            notes = plan.get("notes")
            if isinstance(notes, dict) and notes.get("slug") == slug:
                yield text(plan, "id"), _terms(plan)


def _body(command_id: str, plan: PlanSpec) -> Json:
    item = {"name": plan.name, "amount": plan.price.amount, "currency": plan.price.currency}
    notes = {"slug": plan.slug, "command_id": command_id}
    return {"period": _PERIOD[plan.interval], "interval": 1, "item": item, "notes": notes}


def _terms(plan: Json) -> Terms:
    item = plan.get("item", {})
    price = from_razorpay(item.get("amount"), item.get("currency"))
    interval: Interval = "year" if plan.get("period") == "yearly" else "month"
    return Terms(price, interval, int(plan.get("interval") or 1))
