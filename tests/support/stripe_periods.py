"""Time in the double's subscriptions: how they begin, renew and fail."""

from __future__ import annotations

from copy import deepcopy

from tests.support.stripe_bills import add_line, period_lines, use_up
from tests.support.stripe_calendar import after
from tests.support.stripe_card_outcomes import decline, finalize_invoice, settle
from tests.support.stripe_offers import drop_ended, end_trial, give, start_trial
from tests.support.stripe_phases import enter_phase
from tests.support.stripe_routes import Params
from tests.support.stripe_shapes import Record, blank
from tests.support.stripe_store import Store


def begin(store: Store, order: Params, method: str) -> Record:
    """What a paid checkout session makes."""
    price = store.get(order["price"])
    start = store.timestamp()
    subscription = store.add(
        "subscription",
        customer=order["customer"],
        currency=price["currency"],
        status="active",
        collection_method="charge_automatically",
        start_date=start,
        billing_cycle_anchor=start,
        default_payment_method=method,
        metadata=order["subscription_data"]["metadata"],
        billing_mode={"type": "flexible", "flexible": None, "updated_at": start},
    )
    add_item(store, subscription, price, order.get("quantity", 1), start)
    sold = order["subscription_data"]
    if "trial_period_days" in sold:
        start_trial(store, subscription, sold["trial_period_days"])
    for each in order.get("discounts") or ():
        give(store, subscription, each["coupon"])
    store.emit("customer.subscription.created", subscription)
    settle(store, bill(store, subscription, "subscription_create"), method)
    return subscription


def add_item(
    store: Store, subscription: Record, price: Record, quantity: int, start: int
) -> Record:
    item = store.add(
        "subscription_item",
        subscription=subscription["id"],
        price=deepcopy(price),
        quantity=quantity,
        current_period_start=start,
        current_period_end=period_end(price, start),
    )
    subscription["items"]["data"].append(item)
    return item


def period_end(price: Record, start: int) -> int:
    return after(start, price["recurring"]["interval"], price["recurring"]["interval_count"])


def bill(store: Store, subscription: Record, reason: str) -> Record:
    """The open invoice of the period that begins, with the prorations of the last one."""
    invoice = new_invoice(store, subscription, reason)
    waiting = store.prorations.pop(subscription["id"], [])
    for line in [*waiting, *period_lines(store, subscription)]:
        add_line(store, invoice, line)
    use_up(store, subscription)
    finalize_invoice(store, invoice)
    subscription["latest_invoice"] = invoice["id"]
    store.emit("invoice.finalized", invoice)
    return invoice


def new_invoice(store: Store, subscription: Record, reason: str) -> Record:
    return store.add(
        "invoice",
        customer=subscription["customer"],
        currency=subscription["currency"],
        status="draft",
        billing_reason=reason,
        metadata={},
        parent=_parent(subscription),
    )


def next_period(store: Store, subscription: Record) -> bool:
    """Moves the clock to the boundary and what was planned for it into force. False: it ended."""
    boundary = subscription["items"]["data"][0]["current_period_end"]
    store.reach(boundary)
    ends = subscription["cancel_at"]
    if subscription["cancel_at_period_end"] or (ends is not None and ends <= boundary):
        return False
    enter_phase(store, subscription, boundary)
    for item in subscription["items"]["data"]:
        item["current_period_start"] = boundary
        item["current_period_end"] = period_end(item["price"], boundary)
    end_trial(store, subscription)
    drop_ended(store, subscription)
    return True


def renew(store: Store, subscription: Record) -> None:
    invoice = bill(store, subscription, "subscription_cycle")
    settle(store, invoice, subscription["default_payment_method"])
    subscription["status"] = "active"
    store.emit("customer.subscription.updated", subscription)


def fail(store: Store, subscription: Record) -> None:
    """Nothing to collect does not fail."""
    invoice = bill(store, subscription, "subscription_cycle")
    if invoice["amount_due"] == 0:
        settle(store, invoice, None)
        return
    decline(store, invoice, code="card_declined", decline_code="insufficient_funds")
    subscription["status"] = "past_due"
    store.emit("customer.subscription.updated", subscription)


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
