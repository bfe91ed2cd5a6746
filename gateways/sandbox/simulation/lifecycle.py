"""What happens to a subscription. Pure: each function gives the next record.

A cancellation that was scheduled and a change of price take effect when the next period begins.
"""

from __future__ import annotations

import calendar
from datetime import datetime

from msgspec.structs import replace

from gateways.port import Coupon, CurrencyMismatch, Discount, GatewayRejected, Interval
from gateways.sandbox.simulation.bills import bill_of, is_free
from gateways.sandbox.simulation.records import Price, Subscription
from kernel.ids import new_id
from kernel.money import Money


def boundary_after(start: datetime, anchor: datetime, interval: Interval) -> datetime:
    """The end of the period that begins at `start`. The anchor's day of the month comes back after
    shorter months: 31 January, 28 February, 31 March."""
    months = start.year * 12 + start.month - 1 + (12 if interval == "year" else 1)
    year, month = divmod(months, 12)
    last = calendar.monthrange(year, month + 1)[1]
    return start.replace(year=year, month=month + 1, day=min(anchor.day, last))


def discount_of(coupon: Coupon, now: datetime, next_end: datetime) -> Discount:
    """`next_end`: until when one for a single invoice counts."""
    ends_at = None if coupon.months is None else next_end if coupon.months == 0 else now
    for _ in range(coupon.months or 0):
        ends_at = boundary_after(ends_at or now, now, "month")
    return Discount(new_id("di"), coupon.name, coupon.percent, coupon.amount, ends_at)


def invoice_amount(subscription: Subscription) -> Money:
    """What the invoice of the current period asks: a credit never makes it negative."""
    return Money(bill_of(subscription).total, subscription.amount.currency)


def billed(subscription: Subscription) -> Subscription:
    """An invoice was made; what it could not give back stays for the next one."""
    return replace(subscription, balance=bill_of(subscription).left)


def begun(subscription: Subscription, next_price: Price | None) -> Subscription:
    """The next period, or the end where one was scheduled."""
    _living(subscription)
    if subscription.cancel_at is not None:
        return ended(subscription, subscription.cancel_at)
    start = subscription.period_end
    quantity = subscription.next_quantity
    priced = repriced(subscription, next_price, quantity) if next_price else subscription
    return replace(
        priced,
        period_start=start,
        period_end=boundary_after(start, subscription.anchor, priced.interval),
        next_price=None,
        next_quantity=None,
        planned_by_hand=False,
        discounts=tuple(each for each in subscription.discounts if not _is_over(each, start)),
    )


def paid(subscription: Subscription) -> Subscription:
    return replace(_living(subscription), phase="active")


def unpaid(subscription: Subscription) -> Subscription:
    return replace(_living(subscription), phase="past_due")


def suspended(subscription: Subscription) -> Subscription:
    return replace(_living(subscription), phase="suspended")


def ended(subscription: Subscription, at: datetime) -> Subscription:
    return replace(
        _living(subscription),
        phase="cancelled",
        cancel_at=None,
        next_price=None,
        next_quantity=None,
        ended_at=at,
    )


def scheduled(subscription: Subscription) -> Subscription:
    return replace(_living(subscription), cancel_at=subscription.period_end)


def resumed(subscription: Subscription) -> Subscription:
    return replace(_living(subscription), cancel_at=None)


def repriced(subscription: Subscription, price: Price, quantity: int | None = None) -> Subscription:
    units = quantity or subscription.quantity
    whole = Money(price.amount.amount * units, price.amount.currency)
    facts = {"price": price.id, "amount": whole, "interval": price.interval}
    return replace(subscription, quantity=units, **facts)


def requantified(
    subscription: Subscription, price: Price, quantity: int, at: datetime
) -> Subscription:
    """In force at `at`, the difference goes to the next invoice."""
    changed = repriced(_living(subscription), price, quantity)
    if not _is_paid(subscription):
        return changed
    added = _unused(changed.amount.amount, subscription, at) - _credit(subscription, at)
    return replace(changed, balance=changed.balance + added)


def swapped(
    subscription: Subscription, price: Price, at: datetime, quantity: int | None = None
) -> Subscription:
    """In force at `at`. The same interval keeps its period, the difference goes to the next
    invoice; another interval begins anew and has to be invoiced now."""
    same_currency(_living(subscription), price)
    changed = replace(repriced(subscription, price, quantity), next_price=None, next_quantity=None)
    if price.interval == subscription.interval:
        added = proration(subscription, price, at, quantity)
        return replace(changed, balance=changed.balance + added)
    return replace(
        changed,
        anchor=at,
        period_start=at,
        period_end=boundary_after(at, at, price.interval),
        balance=changed.balance - _credit(subscription, at),
    )


def proration(
    subscription: Subscription, price: Price, at: datetime, quantity: int | None = None
) -> int:
    """What a change at `at` adds to the next invoice, in minor units (negative: a credit): the
    unused part of the new price (all of it, where the interval differs) less that of the old. A
    period that nobody paid is not prorated."""
    same_currency(subscription, price)
    new = repriced(subscription, price, quantity).amount.amount
    if price.interval != subscription.interval:
        return new - _credit(subscription, at)
    if not _is_paid(subscription):
        return 0
    return _unused(new, subscription, at) - _credit(subscription, at)


def _credit(subscription: Subscription, at: datetime) -> int:
    if not _is_paid(subscription):
        return 0
    return _unused(subscription.amount.amount, subscription, at)


def _is_over(discount: Discount, at: datetime) -> bool:
    return discount.ends_at is not None and discount.ends_at <= at


def _is_paid(subscription: Subscription) -> bool:
    return subscription.phase == "active" and not is_free(subscription)


def _unused(amount: int, subscription: Subscription, at: datetime) -> int:
    length = subscription.period_end - subscription.period_start
    return round(amount * min(max((subscription.period_end - at) / length, 0.0), 1.0))


def same_currency(subscription: Subscription, price: Price) -> None:
    if price.amount.currency != subscription.amount.currency:
        raise CurrencyMismatch(currency=subscription.amount.currency)


def _living(subscription: Subscription) -> Subscription:
    if subscription.phase == "cancelled":
        raise GatewayRejected("The subscription has ended.", subscription=subscription.id)
    return subscription
