"""A subscription's life at the sandbox: records, invoices and webhooks together."""

from __future__ import annotations

from datetime import datetime, timedelta

from msgspec.structs import replace

from gateways.sandbox.simulation import invoices, lifecycle
from gateways.sandbox.simulation.customers import answer_later
from gateways.sandbox.simulation.ledger import Ledger
from gateways.sandbox.simulation.records import CheckoutPage, Method, Price, Subscription
from kernel.ids import new_id
from kernel.money import Money


def start(ledger: Ledger, page: CheckoutPage, price: Price, method: Method) -> Subscription:
    """The page was paid. Its webhook is announced by who completes the page."""
    now = ledger.now
    trial_end = now + timedelta(days=page.trial_days) if page.trial_days else None
    anchor = trial_end or now
    end = trial_end or lifecycle.boundary_after(now, now, price.interval)
    made = Subscription(
        id=new_id("sub"),
        command_id=page.command_id,
        workspace_id=page.workspace_id,
        customer=page.customer,
        method=method.id,
        price=price.id,
        amount=Money(price.amount.amount * page.quantity, price.amount.currency),
        quantity=page.quantity,
        discounts=(page.discount,) if page.discount else (),
        interval=price.interval,
        started_at=now,
        anchor=anchor,
        period_start=now,
        period_end=end,
        trial_end=trial_end,
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
        return changed(ledger, after, "subscription.cancelled")
    invoices.drop_pending(ledger, ref)
    if _is_paused(after):
        return _uncollected(ledger, after)
    answer = answer_later(ledger, after.method) if paid is None else "ok" if paid else ""
    return invoiced(ledger, after, answer or "card_declined")


def invoiced(ledger: Ledger, subscription: Subscription, answer: str) -> Subscription:
    """`answer` is the bank's."""
    paid = answer == "ok"
    code = "" if paid else answer
    invoice = invoices.for_period(ledger, subscription, "paid" if paid else "open", code).id
    billed = lifecycle.billed(subscription)
    if paid:
        return changed(ledger, lifecycle.paid(billed), "subscription.renewed", invoice)
    return changed(ledger, lifecycle.unpaid(billed), "subscription.payment_failed", invoice)


def _is_paused(subscription: Subscription) -> bool:
    pause = subscription.paused
    return pause is not None and (
        pause.resumes_at is None or subscription.period_start < pause.resumes_at
    )


def _uncollected(ledger: Ledger, subscription: Subscription) -> Subscription:
    """The invoice of a period in which nothing is collected is void."""
    invoice = invoices.for_period(ledger, subscription, "void").id
    return changed(ledger, lifecycle.billed(subscription), "subscription.updated", invoice)


def recover(ledger: Ledger, ref: str) -> Subscription:
    recovered = lifecycle.paid(ledger.get(Subscription, ref))
    settled = invoices.settle_open(ledger, recovered, "paid")
    return changed(ledger, recovered, "subscription.updated", settled)


def suspend(ledger: Ledger, ref: str) -> Subscription:
    stopped = lifecycle.suspended(ledger.get(Subscription, ref))
    settled = invoices.settle_open(ledger, stopped, "uncollectible")
    return changed(ledger, stopped, "subscription.updated", settled)


def cancel(ledger: Ledger, ref: str, *, at_period_end: bool) -> Subscription:
    """Nothing more happens to what has ended."""
    before = ledger.get(Subscription, ref)
    if before.phase == "cancelled":
        return before
    if at_period_end:
        return changed(ledger, lifecycle.scheduled(before), "subscription.updated")
    invoices.drop_pending(ledger, ref)
    return changed(ledger, lifecycle.ended(before, ledger.now), "subscription.cancelled")


def resume(ledger: Ledger, ref: str) -> Subscription:
    before = ledger.get(Subscription, ref)
    return changed(ledger, lifecycle.resumed(before), "subscription.updated")


def run_due(ledger: Ledger) -> int:
    """Renews, fails or ends what time has overtaken, and counts the periods begun. A period that
    is still unpaid when the next begins suspends the subscription."""
    now, begun = ledger.now, 0
    for subscription in list(ledger.every(Subscription)):
        begun += _catch_up(ledger, subscription, now)
        _unpause(ledger, ledger.get(Subscription, subscription.id), now)
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


def _unpause(ledger: Ledger, subscription: Subscription, now: datetime) -> None:
    """Where its pause ends by itself."""
    resumes_at = subscription.paused.resumes_at if subscription.paused is not None else None
    if resumes_at is not None and resumes_at <= now and subscription.phase != "cancelled":
        announce_update(ledger, replace(subscription, paused=None))


def announce_update(ledger: Ledger, subscription: Subscription) -> None:
    changed(ledger, subscription, "subscription.updated")


def changed(
    ledger: Ledger, subscription: Subscription, event_type: str, invoice: str | None = None
) -> Subscription:
    ledger.put(subscription)
    ledger.announce(
        event_type,
        subscription=subscription.id,
        customer=subscription.customer,
        invoice=invoice,
        workspace_id=subscription.workspace_id,
    )
    return subscription
