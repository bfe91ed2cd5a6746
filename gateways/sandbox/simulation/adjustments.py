"""Quantity, discounts, trial and pause of a running subscription."""

from __future__ import annotations

from datetime import datetime

from msgspec.structs import replace

from gateways.port import Coupon, GatewayRejected, Pause
from gateways.sandbox.simulation import lifecycle
from gateways.sandbox.simulation.bills import is_free
from gateways.sandbox.simulation.customers import answer_later
from gateways.sandbox.simulation.ledger import Ledger
from gateways.sandbox.simulation.records import Price, Subscription
from gateways.sandbox.simulation.subscriptions import announce_update, invoiced
from kernel.money import Money


def set_quantity(ledger: Ledger, ref: str, quantity: int) -> None:
    """Prorated on the next invoice."""
    before, price = _priced(ledger, ref)
    announce_update(ledger, lifecycle.requantified(before, price, quantity, ledger.now))


def preview_quantity(ledger: Ledger, ref: str, quantity: int) -> Money:
    before, price = _priced(ledger, ref)
    after = lifecycle.requantified(before, price, quantity, ledger.now)
    return Money(after.balance - before.balance, price.amount.currency)


def pause(ledger: Ledger, ref: str, resumes_at: datetime | None) -> None:
    found = _living(ledger, ref)
    if found.phase != "active":
        raise GatewayRejected("Only what is paid can be paused.", subscription=ref)
    announce_update(ledger, replace(found, paused=Pause("subscription", resumes_at)))


def unpause(ledger: Ledger, ref: str) -> None:
    announce_update(ledger, replace(_living(ledger, ref), paused=None))


def give_discount(ledger: Ledger, ref: str, coupon: Coupon) -> None:
    """What is for the next invoice alone ends with the period that it begins."""
    found = _living(ledger, ref)
    after = lifecycle.boundary_after(found.period_end, found.anchor, found.interval)
    given = lifecycle.discount_of(coupon, ledger.now, after)
    announce_update(ledger, replace(found, discounts=(given,)))


def end_discounts(ledger: Ledger, ref: str) -> None:
    announce_update(ledger, replace(_living(ledger, ref), discounts=()))


def end_trial(ledger: Ledger, ref: str, ends_at: datetime | None) -> None:
    """What ends now is invoiced now."""
    found, now = _living(ledger, ref), ledger.now
    if not is_free(found):
        raise GatewayRejected("No trial runs.", subscription=ref)
    if ends_at is not None and ends_at > now:
        later = replace(found, trial_end=ends_at, anchor=ends_at, period_end=ends_at)
        announce_update(ledger, later)
        return
    end = lifecycle.boundary_after(now, now, found.interval)
    begun = replace(found, trial_end=now, anchor=now, period_start=now, period_end=end)
    invoiced(ledger, begun, answer_later(ledger, begun.method))


def _priced(ledger: Ledger, ref: str) -> tuple[Subscription, Price]:
    found = _living(ledger, ref)
    return found, ledger.get(Price, found.price)


def _living(ledger: Ledger, ref: str) -> Subscription:
    found = ledger.get(Subscription, ref)
    if found.phase == "cancelled":
        raise GatewayRejected("The subscription has ended.", subscription=ref)
    return found
