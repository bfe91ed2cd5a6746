"""A subscription's life at the sandbox: records, invoices and webhooks together."""

from __future__ import annotations

from datetime import datetime

from msgspec.structs import replace

from gateways.port import Swapped, SwapTiming
from gateways.sandbox.simulation import invoices, lifecycle
from gateways.sandbox.simulation.customers import answer_later
from gateways.sandbox.simulation.ledger import Ledger
from gateways.sandbox.simulation.records import CheckoutPage, Method, Price, Subscription
from kernel.ids import new_id
from kernel.money import Money


def start(ledger: Ledger, page: CheckoutPage, price: Price, method: Method) -> Subscription:
    """The page was paid. Its webhook is announced by who completes the page."""
    now = ledger.now
    made = Subscription(
        id=new_id("sub"),
        command_id=page.command_id,
        workspace_id=page.workspace_id,
        customer=page.customer,
        method=method.id,
        price=price.id,
        amount=price.amount,
        interval=price.interval,
        started_at=now,
        anchor=now,
        period_start=now,
        period_end=lifecycle.boundary_after(now, now, price.interval),
        replaces=page.replaces,
    )
    invoices.for_period(ledger, made, "paid")
    return ledger.put(made)


def renew(ledger: Ledger, ref: str, *, paid: bool | None = None) -> Subscription:
    """Begins the next period, or ends what was scheduled to end. `paid` is the bank's word; None
    asks the saved card."""
    before = ledger.get(Subscription, ref)
    price = ledger.get(Price, before.next_price) if before.next_price else None
    after = lifecycle.begun(before, price)
    if after.phase == "cancelled":
        return _changed(ledger, after, "subscription.cancelled")
    if paid is None:
        paid = answer_later(ledger, after.method) == "ok"
    return _invoiced(ledger, after, paid=paid)


def _invoiced(ledger: Ledger, subscription: Subscription, *, paid: bool) -> Subscription:
    invoices.for_period(ledger, subscription, "paid" if paid else "open")
    billed = lifecycle.billed(subscription)
    if paid:
        return _changed(ledger, lifecycle.paid(billed), "subscription.renewed")
    return _changed(ledger, lifecycle.unpaid(billed), "subscription.payment_failed")


def recover(ledger: Ledger, ref: str) -> Subscription:
    recovered = lifecycle.paid(ledger.get(Subscription, ref))
    invoices.settle_open(ledger, recovered, "paid")
    return _changed(ledger, recovered, "subscription.updated")


def suspend(ledger: Ledger, ref: str) -> Subscription:
    stopped = lifecycle.suspended(ledger.get(Subscription, ref))
    invoices.settle_open(ledger, stopped, "uncollectible")
    return _changed(ledger, stopped, "subscription.updated")


def cancel(ledger: Ledger, ref: str, *, at_period_end: bool) -> Subscription:
    """Nothing more happens to what has ended."""
    before = ledger.get(Subscription, ref)
    if before.phase == "cancelled":
        return before
    if at_period_end:
        return _changed(ledger, lifecycle.scheduled(before), "subscription.updated")
    return _changed(ledger, lifecycle.ended(before, ledger.now), "subscription.cancelled")


def resume(ledger: Ledger, ref: str) -> Subscription:
    before = ledger.get(Subscription, ref)
    return _changed(ledger, lifecycle.resumed(before), "subscription.updated")


def swap_once(
    ledger: Ledger, command_id: str, ref: str, price_ref: str, timing: SwapTiming
) -> Swapped:
    earlier = ledger.done("swap", command_id)
    if earlier is not None:
        return Swapped(datetime.fromisoformat(earlier.answer))
    swapped = swap(ledger, ref, price_ref, timing)
    ledger.mark_done("swap", command_id, swapped.effective_at.isoformat())
    return swapped


def swap(ledger: Ledger, ref: str, price_ref: str, timing: SwapTiming) -> Swapped:
    before, price = ledger.get(Subscription, ref), ledger.get(Price, price_ref)
    now = ledger.now
    after = lifecycle.swapped(before, price, now)
    if timing == "next_cycle":
        _changed(ledger, replace(before, next_price=price.id), "subscription.updated")
        return Swapped(before.period_end)
    if after.period_start != before.period_start:
        _invoiced(ledger, after, paid=answer_later(ledger, after.method) == "ok")
    else:
        _changed(ledger, after, "subscription.updated")
    return Swapped(now)


def preview(ledger: Ledger, ref: str, price_ref: str, timing: SwapTiming) -> Money:
    """What the next invoice adds beyond its period's price. A change at the boundary adds none."""
    subscription, price = ledger.get(Subscription, ref), ledger.get(Price, price_ref)
    added = lifecycle.proration(subscription, price, ledger.now)
    return Money(added if timing == "prorate" else 0, price.amount.currency)


def run_due(ledger: Ledger) -> int:
    """Renews, fails or ends what time has overtaken, and counts the periods begun. A period that
    is still unpaid when the next begins suspends the subscription."""
    now, begun = ledger.now, 0
    for subscription in list(ledger.every(Subscription)):
        begun += _catch_up(ledger, subscription, now)
    return begun


def _catch_up(ledger: Ledger, subscription: Subscription, now: datetime) -> int:
    begun = 0
    while subscription.phase in {"active", "past_due"} and subscription.period_end <= now:
        if subscription.phase == "past_due" and subscription.cancel_at is None:
            suspend(ledger, subscription.id)
            break
        subscription = renew(ledger, subscription.id)
        begun += 1
    return begun


def announce_update(ledger: Ledger, subscription: Subscription) -> None:
    _changed(ledger, subscription, "subscription.updated")


def _changed(ledger: Ledger, subscription: Subscription, event_type: str) -> Subscription:
    ledger.put(subscription)
    ledger.announce(
        event_type,
        subscription=subscription.id,
        customer=subscription.customer,
        workspace_id=subscription.workspace_id,
    )
    return subscription
