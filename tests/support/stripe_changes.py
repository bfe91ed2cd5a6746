"""Another price for an item of the double's subscriptions, and how it is paid for."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

from tests.support.stripe_bills import Line, add_line, period_lines, prorations
from tests.support.stripe_card_outcomes import finalize_invoice, settle
from tests.support.stripe_periods import bill, new_invoice, period_end
from tests.support.stripe_routes import Params
from tests.support.stripe_shapes import Record, blank
from tests.support.stripe_store import Refusal, Store

_REFUSALS = {
    "declined": {"code": "card_declined", "decline_code": "insufficient_funds"},
    "absent": {"code": "authentication_required", "decline_code": "authentication_required"},
    "3ds": {"code": "subscription_payment_intent_requires_action"},
}
_PENDING_FOR = 23 * 3600


def change_item(store: Store, subscription: Record, params: Params) -> None:
    """A new price without a quantity is one of 1. What falls due now is collected first: what
    becomes of a refusal is up to `payment_behavior`."""
    (wanted,) = params["items"]
    item, price, quantity = _wanted(store, subscription, wanted)
    if (item["price"]["id"], item["quantity"]) == (price["id"], quantity):
        return
    charged = params["proration_behavior"] != "none"
    lines = prorations(item, price, quantity, store.timestamp()) if charged else []
    if not restarts(item["price"], price):
        store.prorations.setdefault(subscription["id"], []).extend(lines)
        item.update(price=deepcopy(price), quantity=quantity)
        return
    refusal = _REFUSALS.get(store.cards[subscription["default_payment_method"]])
    if refusal is None:
        _restart(store, subscription, wanted, lines[:1])
    elif params["payment_behavior"] == "pending_if_incomplete":
        _leave_pending(store, subscription, wanted, lines[:1])
    else:
        raise Refusal(402, "Your card was declined.", "card_error", **refusal)


def apply_pending(store: Store, invoice: Record) -> None:
    """The invoice that a pending update waited for was paid."""
    known = store.pending.pop(invoice["id"], None)
    if known is None:
        return
    subscription, wanted = store.get(known[0]), known[1]
    _move(store, subscription, wanted)
    subscription["pending_update"] = None
    store.emit("customer.subscription.pending_update_applied", subscription)
    store.emit("customer.subscription.updated", subscription)


def drop_pending(store: Store, invoice: Record) -> None:
    known = store.pending.pop(invoice["id"], None)
    if known is not None:
        subscription = store.get(known[0])
        subscription["pending_update"] = None
        store.emit("customer.subscription.pending_update_expired", subscription)


def restarts(now: Record, then: Record) -> bool:
    """Another interval begins a new period at once."""
    return bool(now["recurring"]["interval"] != then["recurring"]["interval"])


def preview_lines(store: Store, subscription: Record, params: Params) -> list[Line]:
    """Of the next invoice, if an item were changed."""
    details = params["subscription_details"]
    item, price, quantity = _wanted(store, subscription, details["items"][0])
    at = details["proration_date"]
    charged = details["proration_behavior"] != "none"
    lines = prorations(item, price, quantity, at) if charged else []
    copied = deepcopy(subscription)
    next(each for each in copied["items"]["data"] if each["id"] == item["id"]).update(
        price=price, quantity=quantity
    )
    due = lines[:1] if restarts(item["price"], price) else lines
    return [*due, *period_lines(store, copied)]


def _wanted(store: Store, subscription: Record, wanted: Params) -> tuple[Record, Record, int]:
    found = [each for each in subscription["items"]["data"] if each["id"] == wanted["id"]]
    if not found:
        raise Refusal(400, f"Invalid subscription item: {wanted['id']}", param="items[0][id]")
    price = sold(store, wanted["price"])
    if price["currency"] != subscription["currency"]:
        raise Refusal(400, "The price specified only supports another currency.")
    return found[0], price, wanted.get("quantity", 1)


def sold(store: Store, identity: str) -> Record:
    price = store.get(identity, param="items[0][price]", status=400)
    if not price["active"]:
        raise Refusal(400, "The price specified is inactive.", param="items[0][price]")
    return price


def _restart(store: Store, subscription: Record, wanted: Params, credit: list[Line]) -> None:
    _move(store, subscription, wanted)
    store.prorations[subscription["id"]] = credit
    invoice = bill(store, subscription, "subscription_update")
    settle(store, invoice, subscription["default_payment_method"])


def _move(store: Store, subscription: Record, wanted: Params) -> None:
    item, price, quantity = _wanted(store, subscription, wanted)
    item.update(price=deepcopy(price), quantity=quantity)
    for each in subscription["items"]["data"]:
        each["current_period_start"] = store.timestamp()
        each["current_period_end"] = period_end(each["price"], store.timestamp())


def _leave_pending(store: Store, subscription: Record, wanted: Params, credit: list[Line]) -> None:
    """Nothing changes until the open invoice is paid."""
    item, price, quantity = _wanted(store, subscription, wanted)
    invoice = new_invoice(store, subscription, "subscription_update")
    for line in [*credit, Line(price["unit_amount"] * quantity, price["id"], price, quantity)]:
        add_line(store, invoice, line)
    finalize_invoice(store, invoice)
    invoice["attempted"] = True
    changed: dict[str, Any] = {**deepcopy(item), "price": deepcopy(price), "quantity": quantity}
    subscription["pending_update"] = {
        **blank("subscriptions_resource_pending_update"),
        "expires_at": store.timestamp() + _PENDING_FOR,
        "subscription_items": [changed],
    }
    subscription["latest_invoice"] = invoice["id"]
    store.pending[invoice["id"]] = (subscription["id"], wanted)
    store.emit("invoice.payment_action_required", invoice)
    store.emit("customer.subscription.updated", subscription)
