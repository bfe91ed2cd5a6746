"""Another price for a subscription: at once, at the next period, or once it is confirmed."""

from __future__ import annotations

from datetime import datetime

from msgspec.structs import replace

from gateways.port import ChangedByHand, Declined, Swapped, SwapTiming
from gateways.sandbox.simulation import invoices, lifecycle
from gateways.sandbox.simulation.customers import answer_later
from gateways.sandbox.simulation.ledger import Ledger
from gateways.sandbox.simulation.records import PendingSwap, Price, Subscription
from gateways.sandbox.simulation.subscriptions import changed
from kernel.money import Money


def swap_once(
    ledger: Ledger,
    command_id: str,
    ref: str,
    price_ref: str,
    timing: SwapTiming,
    quantity: int | None,
) -> Swapped | PendingSwap | Declined:
    earlier = ledger.done("swap", command_id)
    if earlier is not None:
        return Swapped(datetime.fromisoformat(earlier.answer))
    outcome = swap(ledger, ref, price_ref, timing, quantity)
    if isinstance(outcome, Swapped):
        ledger.mark_done("swap", command_id, outcome.effective_at.isoformat())
    return outcome


def swap(
    ledger: Ledger, ref: str, price_ref: str, timing: SwapTiming, quantity: int | None
) -> Swapped | PendingSwap | Declined:
    """A change of interval is paid at once: what the bank refuses changes nothing, and what its
    holder has to confirm nothing until then."""
    before, price = _swappable(ledger, ref, price_ref)
    now = ledger.now
    after = lifecycle.swapped(before, price, now, quantity)
    waiting = pending_of(ledger, ref)
    if waiting is not None and waiting.price == price_ref:
        return waiting
    invoices.drop_pending(ledger, ref)
    if timing == "next_cycle":
        planned = replace(before, next_price=price.id, next_quantity=quantity)
        changed(ledger, planned, "subscription.updated")
        return Swapped(before.period_end)
    if after.period_start == before.period_start:
        changed(ledger, after, "subscription.updated")
        return Swapped(now)
    answer = answer_later(ledger, after.method)
    if answer == "3ds":
        invoice = invoices.for_period(ledger, after, "open")
        return ledger.put(
            PendingSwap(id=invoice.id, subscription=ref, price=price.id, quantity=quantity, at=now)
        )
    if answer != "ok":
        return Declined(ref, answer)
    return _paid(ledger, after, invoices.for_period(ledger, after, "paid").id)


def answer_bank(ledger: Ledger, ref: str, *, succeed: bool) -> Subscription:
    """The card holder's answer about a change that waits for it."""
    pending = ledger.get(PendingSwap, ref)
    before = ledger.get(Subscription, pending.subscription)
    if not pending.open:
        return before
    if not succeed:
        invoices.drop_pending(ledger, before.id)
        return before
    ledger.put(replace(pending, open=False))
    invoices.pay(ledger, before, ref)
    price = ledger.get(Price, pending.price)
    after = lifecycle.swapped(before, price, pending.at, pending.quantity)
    _paid(ledger, after, ref)
    return after


def pending_of(ledger: Ledger, ref: str) -> PendingSwap | None:
    waiting = (each for each in ledger.every(PendingSwap) if each.subscription == ref and each.open)
    return next(waiting, None)


def preview(
    ledger: Ledger, ref: str, price_ref: str, timing: SwapTiming, quantity: int | None
) -> Money:
    """What the next invoice adds beyond its period's price. A change at the boundary adds none."""
    subscription, price = _swappable(ledger, ref, price_ref)
    added = lifecycle.proration(subscription, price, ledger.now, quantity)
    return Money(added if timing == "prorate" else 0, price.amount.currency)


def _swappable(ledger: Ledger, ref: str, price_ref: str) -> tuple[Subscription, Price]:
    subscription, price = ledger.get(Subscription, ref), ledger.get(Price, price_ref)
    lifecycle.same_currency(subscription, price)
    if subscription.next_price is not None and subscription.planned_by_hand:
        raise ChangedByHand(subscription=ref)
    return subscription, price


def _paid(ledger: Ledger, after: Subscription, invoice: str) -> Swapped:
    billed = lifecycle.paid(lifecycle.billed(after))
    changed(ledger, billed, "subscription.renewed", invoice)
    return Swapped(after.period_start)
