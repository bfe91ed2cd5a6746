"""Discounts as they are sent and answered."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Annotated, Any, Literal

from pydantic import AwareDatetime, BaseModel, Field, StrictBool, StrictInt, StringConstraints

from kernel.clock import as_utc
from kernel.errors import ValidationFailed
from runtime.web.openapi import means, optional
from services.billing.domain.discount.state import Discount
from services.billing.domain.discount.terms import LONGEST_MONTHS, DiscountOffer
from services.billing.http.plan_fields import Currency, Name, Positive, Slug
from services.billing.http.sale_bodies import Request

Duration = Literal["once", "repeating", "forever"]
Code = Annotated[
    str,
    StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9_-]{0,39}$"),
    means("What customers type; capitals and small letters are the same.", "LAUNCH20"),
]
Percent = Annotated[
    Decimal, Field(gt=0, le=100, decimal_places=2), means("Off the price; or an amount.", 20)
]
Amount = Annotated[Positive, means("Minor units off the price; or a percentage.", 500)]
Lasts = Annotated[Duration, means("The next invoice alone, some months, or for ever.", "repeating")]
Months = Annotated[
    StrictInt, Field(ge=1, le=LONGEST_MONTHS), means("How long a repeating one lasts.", 3)
]
Plans = Annotated[
    tuple[Slug, ...], Field(max_length=100), means("For these alone; none is for all.", ["pro"])
]
Redemptions = Annotated[Positive, means("How many workspaces may have it.", 100)]
Expiry = Annotated[AwareDatetime, means("Nobody is given it after.", "2027-01-01T00:00:00Z")]
Active = Annotated[StrictBool, means("Whether anybody is given it.", True)]
GatewayOffers = Annotated[
    dict[
        Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,31}$")],
        Annotated[str, StringConstraints(pattern=r"^[!-~]{1,255}$")],
    ],
    Field(max_length=10),
    means("The same terms, as made in a gateway's dashboard.", {"razorpay": "offer_JTUADI4ZWB"}),
]
Title = Annotated[Name, means("What invoices show.", "Launch")]


class NewDiscount(Request):
    """Either `percent`, or `amount_cents` of a `currency`."""

    code: Code
    name: Title | None = None
    percent: Percent | None = None
    amount_cents: Amount | None = None
    currency: Currency | None = None
    duration: Lasts = "once"
    months: Months | None = None
    plans: Plans = ()
    max_redemptions: Redemptions | None = None
    expires_at: Expiry | None = None
    is_active: Active = True
    gateway_offers: GatewayOffers = Field(default_factory=dict)

    def offer(self) -> DiscountOffer:
        return DiscountOffer(
            name=self.name or self.code.upper(),
            percent=self.percent,
            amount_cents=self.amount_cents,
            currency=self.currency,
            months=_months(self.duration, self.months),
            plans=self.plans,
            max_redemptions=self.max_redemptions,
            expires_at=as_utc(self.expires_at) if self.expires_at is not None else None,
            is_active=self.is_active,
            gateway_offers=dict(self.gateway_offers),
        )


class DiscountPatch(Request):
    """Only what is given changes, for whoever is given the discount from now on."""

    name: Title = optional("")
    percent: Percent | None = None
    amount_cents: Amount | None = None
    currency: Currency | None = None
    duration: Lasts = optional("once")
    months: Months | None = None
    plans: Plans = optional(())
    max_redemptions: Redemptions | None = None
    expires_at: Expiry | None = None
    is_active: Active = optional(True)
    gateway_offers: GatewayOffers = optional({})

    def change(self) -> dict[str, Any]:
        changed = self.model_dump(exclude_unset=True)
        if "duration" in changed or "months" in changed:
            duration = changed.pop("duration", "repeating")
            changed["months"] = _months(duration, changed.get("months"))
        if self.expires_at is not None:
            changed["expires_at"] = as_utc(self.expires_at)
        return changed


class DiscountCodeBody(BaseModel):
    """A discount of the catalogue."""

    code: Annotated[str, means("What customers type.", "LAUNCH20")]
    name: Annotated[str, means("What invoices show.", "Launch")]
    percent: Annotated[float | None, means("Above 0, to 100.", 20.0)]
    amount_cents: Annotated[int | None, means("Minor units.", None)]
    currency: Annotated[str | None, means("ISO 4217, of the amount.", None)]
    duration: Lasts
    months: Annotated[int | None, means("Of a repeating one.", 3)]
    plans: Annotated[list[str], means("For these alone; none is for all.", ["pro"])]
    max_redemptions: Annotated[int | None, means("Null is no limit.", 100)]
    redemptions: Annotated[int, means("How many workspaces have it, or a checkout with it.", 7)]
    expires_at: Annotated[
        datetime | None, means("Nobody is given it after.", "2027-01-01T00:00:00Z")
    ]
    is_active: Annotated[bool, means("Whether anybody is given it.", True)]
    gateway_offers: Annotated[
        dict[str, str], means("As made in a gateway's dashboard.", {"razorpay": "offer_1"})
    ]


def discount_code_body(discount: Discount) -> DiscountCodeBody:
    offer = discount.offer
    return DiscountCodeBody(
        code=discount.code,
        name=offer.name,
        percent=float(offer.percent) if offer.percent is not None else None,
        amount_cents=offer.amount_cents,
        currency=offer.currency,
        duration=_duration(offer.months),
        months=offer.months or None,
        plans=list(offer.plans),
        max_redemptions=offer.max_redemptions,
        redemptions=len(discount.redemptions),
        expires_at=offer.expires_at,
        is_active=offer.is_active,
        gateway_offers=dict(offer.gateway_offers),
    )


def _duration(months: int | None) -> Duration:
    if months is None:
        return "forever"
    return "repeating" if months else "once"


def _months(duration: Duration, months: int | None) -> int | None:
    """Raises ValidationFailed."""
    if (duration == "repeating") != (months is not None):
        message = "A repeating discount, and no other, has months."
        raise ValidationFailed(message, fields=[{"field": "months", "message": message}])
    return months if duration != "once" else 0
