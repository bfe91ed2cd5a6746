"""What a gateway really charges for a subscription, and what makes it differ from the price."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import Any, Literal

from gateways.port import SubscriptionSnapshot
from kernel.events import added
from kernel.money import Money
from services.billing.domain.terms import Price, WhilePaused

HUNDRED = Decimal(100)


@dataclass(frozen=True, kw_only=True)
class Discount:
    """Either `percent` (0 to 100) or `amount_cents`; for ever without `ends_at`."""

    ref: str
    name: str = ""
    percent: Decimal | None = None
    amount_cents: int | None = None
    ends_at: datetime | None = None


@dataclass(frozen=True, kw_only=True)
class Pause:
    """`collection`: it goes on and nothing is collected; `subscription`: it rests. `lives_on`: what
    its plan gave meanwhile when it began. `by_payer`: who alone ends it, with the bank."""

    kind: Literal["collection", "subscription"]
    resumes_at: datetime | None = None
    lives_on: WhilePaused = added("default_plan")
    by_payer: bool = added(False)


@dataclass(frozen=True, kw_only=True)
class OpenInvoice:
    """What waits to be paid. A gateway may give its page another address at every look."""

    ref: str
    amount_cents: int
    currency: str
    due_at: datetime | None = None
    url: str | None = field(default=None, compare=False)


def charges_of(snapshot: SubscriptionSnapshot, price: Price) -> dict[str, Any]:
    """The fields of a `Subscription` that tell. `price` is that of a unit."""
    discounts = tuple(_discounts(snapshot))
    amount = discounted(_listed(snapshot, price), discounts)
    full = price.price_cents * snapshot.quantity
    return {
        "quantity": snapshot.quantity,
        "interval_count": snapshot.interval_count,
        "discounts": discounts,
        "amount_cents": None if amount == full else amount,
        "trial_ends_at": snapshot.trial_end,
        "paid_with": snapshot.paid_with,
        "open_invoice": _open_invoice(snapshot),
    }


def pause_of(
    snapshot: SubscriptionSnapshot, before: Pause | None, while_paused: WhilePaused
) -> Pause | None:
    """What its plan says when it begins holds until it ends, of a pause that was wished for."""
    shown = snapshot.paused
    if shown is None:
        return None
    pause = Pause(kind=shown.kind, resumes_at=shown.resumes_at, by_payer=shown.by_payer)
    if shown.kind != "subscription" or not shown.asked:
        return pause
    goes_on = before is not None and before.kind == shown.kind
    return replace(pause, lives_on=before.lives_on if before and goes_on else while_paused)


def charged_after(
    snapshot: SubscriptionSnapshot,
    price: Price,
    quantity: int | None = None,
    discounts: tuple[Discount, ...] | None = None,
) -> int:
    """What an interval costs once our item is at `price`, of that `quantity` and with those
    discounts, the present ones without."""
    units = quantity or snapshot.quantity
    ours = Money(price.price_cents * units, price.currency)
    items = tuple(
        replace(each, amount=ours) if each.price_ref == snapshot.price_ref else each
        for each in snapshot.items
    )
    changed = replace(snapshot, items=items, quantity=units)
    given = tuple(_discounts(snapshot)) if discounts is None else discounts
    return discounted(_listed(changed, price), given)


def _discounts(snapshot: SubscriptionSnapshot) -> list[Discount]:
    return [
        Discount(
            ref=each.ref,
            name=each.name,
            percent=each.percent,
            amount_cents=each.amount.amount if each.amount is not None else None,
            ends_at=each.ends_at,
        )
        for each in snapshot.discounts
    ]


def _listed(snapshot: SubscriptionSnapshot, price: Price) -> int:
    """Of all items whose amount is known beforehand."""
    known = [each.amount.amount for each in snapshot.items if each.amount is not None]
    return sum(known) if known else price.price_cents * snapshot.quantity


def discounted(amount: int, discounts: tuple[Discount, ...]) -> int:
    """One after the other, as gateways do; never below nothing."""
    left = Decimal(amount)
    for each in discounts:
        left -= each.amount_cents or 0
        left -= left * (each.percent or 0) / HUNDRED
    return max(int(left.quantize(Decimal(1), ROUND_HALF_UP)), 0)


def _open_invoice(snapshot: SubscriptionSnapshot) -> OpenInvoice | None:
    shown = snapshot.open_invoice
    if shown is None:
        return None
    return OpenInvoice(
        ref=shown.ref,
        amount_cents=shown.amount.amount,
        currency=shown.amount.currency,
        due_at=shown.due_at,
        url=shown.url,
    )
