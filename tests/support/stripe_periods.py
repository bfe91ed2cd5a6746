"""Time in the double's subscriptions: how they begin, renew, fail and change their price."""

from __future__ import annotations

from calendar import monthrange
from copy import deepcopy
from datetime import UTC, datetime

from tests.support.stripe_card_outcomes import add_line, attempt, decline, finalize_invoice, settle
from tests.support.stripe_routes import Params
from tests.support.stripe_shapes import Record, blank
from tests.support.stripe_store import Refusal, Store


def after(timestamp: int, interval: str) -> int:
    """The same day and time a calendar month or year later, at most the month's last day."""
    start = datetime.fromtimestamp(timestamp, UTC)
    months = start.month - 1 + (12 if interval == "year" else 1)
    year, month = start.year + months // 12, months % 12 + 1
    day = min(start.day, monthrange(year, month)[1])
    return int(start.replace(year=year, month=month, day=day).timestamp())


def begin(store: Store, order: Params, method: str) -> Record:
    """What a paid checkout session makes."""
    price = store.get(order["price"])
    start = store.timestamp()
    subscription = store.add(
        "subscription",
        customer=order["customer"],
        currency=price["currency"],
        status="active",
        start_date=start,
        billing_cycle_anchor=start,
        default_payment_method=method,
        metadata=order["subscription_data"]["metadata"],
        billing_mode={"type": "flexible", "flexible": None, "updated_at": start},
    )
    item = store.add(
        "subscription_item",
        subscription=subscription["id"],
        price=deepcopy(price),
        quantity=1,
        current_period_start=start,
        current_period_end=after(start, price["recurring"]["interval"]),
    )
    subscription["items"]["data"].append(item)
    store.emit("customer.subscription.created", subscription)
    settle(store, bill(store, subscription, "subscription_create"), method)
    return subscription


def bill(store: Store, subscription: Record, reason: str) -> Record:
    """The open invoice of the period that begins, with the prorations of the last one."""
    invoice = store.add(
        "invoice",
        customer=subscription["customer"],
        currency=subscription["currency"],
        status="draft",
        billing_reason=reason,
        metadata={},
        parent=_parent(subscription),
    )
    for amount, description in store.prorations.pop(subscription["id"], []):
        add_line(store, invoice, amount, description)
    item = subscription["items"]["data"][0]
    price, period = item["price"], (item["current_period_start"], item["current_period_end"])
    add_line(store, invoice, price["unit_amount"], price["id"], price=price, period=period)
    finalize_invoice(store, invoice)
    subscription["latest_invoice"] = invoice["id"]
    store.emit("invoice.finalized", invoice)
    return invoice


def next_period(store: Store, subscription: Record) -> bool:
    """Moves the clock to the boundary and what was planned for it into force. False: it ended."""
    item = subscription["items"]["data"][0]
    boundary = item["current_period_end"]
    store.reach(boundary)
    ends = subscription["cancel_at"]
    if subscription["cancel_at_period_end"] or (ends is not None and ends <= boundary):
        return False
    _enter_phase(store, subscription, boundary)
    item["current_period_start"] = boundary
    item["current_period_end"] = after(boundary, item["price"]["recurring"]["interval"])
    return True


def renew(store: Store, subscription: Record) -> None:
    settle(
        store,
        bill(store, subscription, "subscription_cycle"),
        subscription["default_payment_method"],
    )
    subscription["status"] = "active"
    store.emit("customer.subscription.updated", subscription)


def fail(store: Store, subscription: Record) -> None:
    invoice = bill(store, subscription, "subscription_cycle")
    decline(store, invoice, code="card_declined", decline_code="insufficient_funds")
    subscription["status"] = "past_due"
    store.emit("customer.subscription.updated", subscription)


def restarts(now: Record, then: Record) -> bool:
    """Another interval begins a new period at once."""
    return bool(now["recurring"]["interval"] != then["recurring"]["interval"])


def prorations(item: Record, price: Record, at: int) -> list[tuple[int, str]]:
    """Credit for the unused rest of the old price, and the rest at the new one."""
    start, end = item["current_period_start"], item["current_period_end"]
    rest, whole = max(end - at, 0), end - start
    return [
        (-round(item["price"]["unit_amount"] * rest / whole), "Unused time"),
        (round(price["unit_amount"] * rest / whole), "Remaining time"),
    ]


def change_price(store: Store, subscription: Record, price_id: str, *, charge_now: bool) -> None:
    """With `error_if_incomplete`: a card that refuses leaves everything as it was."""
    price = store.get(price_id)
    item = subscription["items"]["data"][0]
    if item["price"]["id"] == price_id:
        return
    lines = prorations(item, price, store.timestamp())
    if not restarts(item["price"], price):
        store.prorations.setdefault(subscription["id"], []).extend(lines if charge_now else [])
        item["price"] = deepcopy(price)
        return
    if charge_now and store.cards[subscription["default_payment_method"]] != "ok":
        raise Refusal(402, "Your card was declined.", "card_error", code="card_declined")
    start = store.timestamp()
    item["price"] = deepcopy(price)
    item["current_period_start"] = start
    item["current_period_end"] = after(start, price["recurring"]["interval"])
    store.prorations[subscription["id"]] = lines[:1]
    invoice = bill(store, subscription, "subscription_update")
    if invoice["status"] == "open":
        attempt(store, invoice, subscription["default_payment_method"])


def _enter_phase(store: Store, subscription: Record, boundary: int) -> None:
    if not subscription["schedule"]:
        return
    schedule = store.get(subscription["schedule"])
    for phase in schedule["phases"]:
        if phase["start_date"] == boundary:
            price = store.get(phase["items"][0]["price"])
            subscription["items"]["data"][0]["price"] = deepcopy(price)
            store.update(subscription, {"metadata": phase["metadata"] or {}})
            schedule["current_phase"] = {"start_date": boundary, "end_date": phase["end_date"]}
            return
    schedule.update(status="released", subscription=None)
    subscription["schedule"] = None


def _parent(subscription: Record) -> Record:
    parent = blank("billing_bill_resource_invoicing_parents_invoice_parent")
    parent.update(
        type="subscription_details",
        subscription_details={
            "subscription": subscription["id"],
            "metadata": dict(subscription["metadata"]),
        },
    )
    return parent
