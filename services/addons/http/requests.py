"""Bodies of the add-on commands."""

from __future__ import annotations

from typing import Annotated, cast

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints

from kernel.money import exponent
from kernel.text import LINE, LINES
from runtime.web.openapi import means, optional
from runtime.web.return_urls import ReturnUrl
from services.addons.domain.addon.entry import (
    HIGHEST_PRICE,
    LARGEST_GRANT,
    LONGEST_DAYS,
    LONGEST_FEATURE,
    MOST_FEATURES,
    MOST_GRANTS,
    Changes,
    CreditGrant,
    Entry,
    Kind,
)


def _currency(code: str) -> str:
    exponent(code)
    return code


Text = StringConstraints(strip_whitespace=True, pattern=LINES)
Name = Annotated[
    str,
    Text,
    Field(min_length=1, max_length=120, pattern=LINE),
    means("What people read.", "Professional AI set-up"),
]
Slug = Annotated[
    str,
    Field(pattern=r"^[a-z0-9]([a-z0-9-]{0,62}[a-z0-9])?$"),
    means("Names an add-on; it never changes.", "professional-ai-setup"),
]
Price = Annotated[int, Field(ge=1, le=HIGHEST_PRICE, strict=True), means("In minor units.", 49900)]
Currency = Annotated[
    str,
    Field(pattern=r"^[A-Z]{3}$"),
    AfterValidator(_currency),
    means("ISO 4217, of the price.", "EUR"),
]
Description = Annotated[
    str, Text, Field(max_length=4_000), means("A paragraph or two.", "We set everything up.")
]
Feature = Annotated[str, Text, Field(min_length=1, max_length=LONGEST_FEATURE)]
Features = Annotated[
    list[Feature],
    Field(max_length=MOST_FEATURES),
    means("Bullets, in order.", ["Interview", "Set-up", "Hand-over"]),
]
SortOrder = Annotated[
    int,
    Field(ge=-1_000_000, le=1_000_000, strict=True),
    means("The lowest is shown first.", 10),
]
Active = Annotated[bool, means("Whether it can be bought.", True)]
GatewayName = Annotated[
    str,
    Field(pattern=r"^[a-z][a-z0-9_]{0,31}$"),
    means("Where to pay; null is where the workspace pays its plan.", "stripe"),
]
Reason = Annotated[
    str, Text, Field(max_length=500), means("Why, for who reads the history.", "Ordered twice")
]


class Body(BaseModel):
    model_config = ConfigDict(extra="forbid")


class GrantedCredits(Body):
    """Credits that each paid purchase grants."""

    meter: Annotated[
        str,
        Field(pattern=r"^[a-z0-9][a-z0-9_-]{0,63}$"),
        means("A declared meter.", "tokens"),
    ]
    amount: Annotated[int, Field(ge=1, le=LARGEST_GRANT, strict=True), means("Units.", 100000)]
    expires_in_days: Annotated[
        Annotated[int, Field(ge=1, le=LONGEST_DAYS, strict=True)] | None,
        means("Counted from the payment; null is never.", 365),
    ] = None

    def grant(self) -> CreditGrant:
        return CreditGrant(**self.model_dump())


Grants = Annotated[
    list[GrantedCredits],
    Field(max_length=MOST_GRANTS),
    means("What a purchase of kind `credits` grants, a meter once.", []),
]
KindOfAddon = Annotated[
    Kind, means("`credits` can be bought again and again; it never changes.", "service")
]


class CreateAddon(Body):
    """A service to be sold once, or credits."""

    slug: Slug
    name: Name
    price_cents: Price
    currency: Currency = "USD"
    description: Description = ""
    features: Features = []
    sort_order: SortOrder = 0
    is_active: Active = True
    kind: KindOfAddon = "service"
    grants: Grants = []

    def entry(self) -> Entry:
        grants = tuple(grant.grant() for grant in self.grants)
        return Entry(**{**self.model_dump(), "grants": grants})


class ChangeAddon(Body):
    """Only what is given changes. Slug and kind are not among it."""

    name: Name = optional("")
    price_cents: Price = optional(0)
    currency: Currency = optional("")
    description: Description = optional("")
    features: Features = optional([])
    sort_order: SortOrder = optional(0)
    is_active: Active = optional(True)
    grants: Grants = optional([])

    def changes(self) -> Changes:
        changes = self.model_dump(exclude_unset=True)
        if "grants" in changes:
            changes["grants"] = tuple(grant.grant() for grant in self.grants)
        return cast("Changes", changes)


class BuyAddon(Body):
    """What to buy. At another price than the expected one nothing is begun."""

    addon: Slug
    gateway: GatewayName | None = None
    success_url: Annotated[
        ReturnUrl | None,
        means("Where a hosted checkout leads to.", "https://app.example.com/addons?paid=1"),
    ] = None
    cancel_url: Annotated[
        ReturnUrl | None, means("Where to, without paying.", "https://app.example.com/addons")
    ] = None
    expected_price_cents: Annotated[Price | None, means("What the buyer was shown.", 49900)] = None
    expected_currency: Annotated[Currency | None, means("Its currency.", "EUR")] = None


class CancelPurchase(Body):
    """Why a purchase is cancelled."""

    reason: Reason = ""


class RefundPurchase(Body):
    """Without an amount all that is left is given back."""

    amount_cents: Annotated[
        Annotated[int, Field(ge=1, strict=True)] | None, means("Minor units.", 9900)
    ] = None
    reason: Reason = "requested by the platform"
