"""What an invoice asks for a period. Pure; amounts in minor units."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

from gateways.port import Discount, InvoiceLine
from gateways.sandbox.simulation.records import Subscription


@dataclass(frozen=True, slots=True)
class Bill:
    """`subtotal` less `discount` is the total, which is never negative. `left` is the credit that
    it could not give back."""

    lines: tuple[InvoiceLine, ...]
    subtotal: int
    discount: int
    left: int = 0

    @property
    def total(self) -> int:
        return self.subtotal - self.discount


def bill_of(subscription: Subscription) -> Bill:
    """Nothing for the items while a trial runs."""
    free = is_free(subscription)
    full = [0 if free else amount for amount in _amounts(subscription)]
    net = [amount - off_of(subscription.discounts, amount) for amount in full]
    prorated = max(subscription.balance, -sum(net))
    lines = [
        InvoiceLine(
            description=f"{quantity} of {price}",
            amount=amount,
            price_ref=price,
            quantity=quantity,
            period_start=subscription.period_start,
            period_end=subscription.period_end,
        )
        for (price, quantity), amount in zip(_sold(subscription), net, strict=True)
    ]
    if prorated:
        lines.append(InvoiceLine("Change of plan", prorated, proration=True))
    return Bill(
        lines=tuple(lines),
        subtotal=sum(full) + prorated,
        discount=sum(full) - sum(net),
        left=subscription.balance - prorated,
    )


def is_free(subscription: Subscription) -> bool:
    """The period that runs is a trial."""
    ends_at = subscription.trial_end
    return ends_at is not None and subscription.period_start < ends_at


def off_of(discounts: tuple[Discount, ...], amount: int) -> int:
    """Each is taken off what the ones before it left."""
    left = amount
    for discount in discounts:
        percent, fixed = discount.percent, discount.amount
        off = percent_of(left, percent) if percent is not None else fixed.amount if fixed else 0
        left -= min(off, left)
    return amount - left


def percent_of(amount: int, percent: Decimal) -> int:
    """Half a minor unit is rounded up."""
    return int((amount * percent / 100).quantize(Decimal(1), ROUND_HALF_UP))


def _amounts(subscription: Subscription) -> list[int]:
    extras = [item.amount.amount if item.amount else 0 for item in subscription.extras]
    return [subscription.amount.amount, *extras]


def _sold(subscription: Subscription) -> list[tuple[str, int]]:
    extras = [(item.price_ref, item.quantity or 1) for item in subscription.extras]
    return [(subscription.price, subscription.quantity), *extras]
