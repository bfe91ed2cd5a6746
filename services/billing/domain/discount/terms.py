"""What a code takes off, of which plans, for whom and how long."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal

from kernel.money import exponent
from services.billing.domain.account.given_discount import GivenDiscount
from services.billing.domain.errors import DiscountNotApplicable
from services.billing.domain.terms import Price, require

HUNDRED = Decimal(100)
LONGEST_MONTHS = 120


@dataclass(frozen=True, kw_only=True)
class DiscountOffer:
    """Either `percent` or `amount_cents` of a `currency`. `months` is None for ever and 0 for the
    next invoice alone. Without `plans` it is for all. `gateway_offers`: what people made of it in
    the dashboard of a gateway that lets nobody else make one, by gateway."""

    name: str
    percent: Decimal | None = None
    amount_cents: int | None = None
    currency: str | None = None
    months: int | None = None
    plans: tuple[str, ...] = ()
    max_redemptions: int | None = None
    expires_at: datetime | None = None
    is_active: bool = True
    gateway_offers: Mapping[str, str] = field(default_factory=dict)

    def check(self) -> None:
        """Raises ValidationFailed."""
        require(bool(self.name.strip()), "name", "A discount needs a name.")
        require(
            (self.percent is None) != (self.amount_cents is None),
            "percent",
            "Either percent or amount_cents is given off.",
        )
        percent = self.percent
        require(percent is None or 0 < percent <= HUNDRED, "percent", "Above 0, to 100.")
        require(self.amount_cents is None or self.amount_cents > 0, "amount_cents", "Above 0.")
        require(
            (self.amount_cents is None) == (self.currency is None),
            "currency",
            "An amount has a currency, a percentage none.",
        )
        self._check_currency()
        require(
            self.months is None or 0 <= self.months <= LONGEST_MONTHS,
            "months",
            f"A discount repeats for 1 to {LONGEST_MONTHS} months.",
        )

    def _check_currency(self) -> None:
        try:
            exponent(self.currency or "USD")
        except ValueError as error:
            require(False, "currency", f"{error}.")

    def given(
        self, code: str, plan: str, price: Price, gateway: str, at: datetime
    ) -> GivenDiscount:
        """These very terms, off this price. Raises DiscountNotApplicable."""
        self.require_open(code, at)
        if self.plans and plan not in self.plans:
            raise DiscountNotApplicable(code=code, reason="plan", plans=list(self.plans))
        if self.currency not in (None, price.currency):
            raise DiscountNotApplicable(code=code, reason="currency", currency=self.currency)
        return GivenDiscount(
            code=code,
            key=f"{code}-{self._digest()}",
            name=self.name,
            percent=self.percent,
            amount_cents=self.amount_cents,
            currency=self.currency,
            months=self.months,
            gateway_offer=self.gateway_offers.get(gateway, ""),
        )

    def require_open(self, code: str, at: datetime) -> None:
        if not self.is_active:
            raise DiscountNotApplicable(code=code, reason="inactive")
        if self.expires_at is not None and self.expires_at <= at:
            raise DiscountNotApplicable(code=code, reason="expired")

    def _digest(self) -> str:
        """Two installations may share a gateway's account, and a code's terms may change."""
        percent = self.percent.normalize() if self.percent is not None else None
        terms = (self.name, percent, self.amount_cents, self.currency, self.months)
        return hashlib.sha256("|".join(map(str, terms)).encode()).hexdigest()[:10]
