"""A discount as a workspace was given it, whatever becomes of its code."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import TYPE_CHECKING

from gateways.port import Coupon
from gateways.port import Discount as PortDiscount
from kernel.money import Money
from services.billing.domain.account.charged import Discount
from services.billing.domain.errors import DiscountAlreadyUsed

if TYPE_CHECKING:
    from services.billing.domain.account.state import Account


@dataclass(frozen=True, kw_only=True)
class GivenDiscount:
    """`key` names the very terms. `gateway_offer`: what the gateway's dashboard calls them, where
    they can be made there alone."""

    code: str
    key: str
    name: str
    percent: Decimal | None = None
    amount_cents: int | None = None
    currency: str | None = None
    months: int | None = None
    gateway_offer: str = ""

    @property
    def coupon(self) -> Coupon:
        cents = self.amount_cents
        return Coupon(
            key=self.key,
            name=self.name,
            percent=self.percent,
            amount=Money(cents, self.currency or "") if cents is not None else None,
            months=self.months,
            offer=self.gateway_offer,
        )

    @property
    def as_shown(self) -> Discount:
        """As a subscription shows it."""
        return Discount(
            ref=self.gateway_offer or self.key,
            name=self.name,
            percent=self.percent,
            amount_cents=self.amount_cents,
        )

    def recognised(self, shown: PortDiscount) -> PortDiscount:
        """With its terms, where its gateway shows nothing but what it calls them. Of one that ends
        nobody tells when it did."""
        coupon, told = self.coupon, shown.percent is not None or shown.amount is not None
        if shown.ref != self.gateway_offer or told or self.months is not None:
            return shown
        return replace(shown, name=self.name, percent=coupon.percent, amount=coupon.amount)

    def is_among(self, shown: Iterable[Discount]) -> bool:
        terms = (self.percent, self.amount_cents)
        return any(
            (each.percent, each.amount_cents) == terms or each.ref == self.gateway_offer
            for each in shown
        )


def held(account: Account | None) -> frozenset[tuple[str, str]]:
    """Which codes an account holds, each with the checkout or change that it is for."""
    if account is None:
        return frozenset()
    change = account.change
    asked = change.discount if change is not None else None
    return frozenset(
        {
            *(
                (each.discount.code, each.id)
                for each in account.checkouts.values()
                if each.discount is not None and each.state != "closed"
            ),
            *account.discounts_given.items(),
            *([(asked.code, change.command_id)] if change is not None and asked else []),
        }
    )


def is_used(account: Account, code: str) -> bool:
    """Once for a workspace: a code that is given again would begin again."""
    bought = any(
        each.discount is not None and each.discount.code == code and each.state == "completed"
        for each in account.checkouts.values()
    )
    return bought or code in account.discounts_given


def require_unused(account: Account, discount: GivenDiscount | None) -> None:
    """Raises DiscountAlreadyUsed."""
    if discount is not None and is_used(account, discount.code):
        raise DiscountAlreadyUsed(code=discount.code)
