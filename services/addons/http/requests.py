"""Bodies of the add-on commands."""

from __future__ import annotations

from typing import Annotated, cast

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints

from kernel.money import exponent
from kernel.text import LINE, LINES
from runtime.web.return_urls import ReturnUrl
from services.addons.domain.addon.entry import (
    HIGHEST_PRICE,
    LONGEST_FEATURE,
    MOST_FEATURES,
    Changes,
    Entry,
)


def _currency(code: str) -> str:
    exponent(code)
    return code


Text = StringConstraints(strip_whitespace=True, pattern=LINES)
Name = Annotated[str, Text, Field(min_length=1, max_length=120, pattern=LINE)]
Slug = Annotated[str, Field(pattern=r"^[a-z0-9]([a-z0-9-]{0,62}[a-z0-9])?$")]
Price = Annotated[int, Field(ge=1, le=HIGHEST_PRICE, strict=True)]
Currency = Annotated[str, Field(pattern=r"^[A-Z]{3}$"), AfterValidator(_currency)]
Description = Annotated[str, Text, Field(max_length=4_000)]
Feature = Annotated[str, Text, Field(min_length=1, max_length=LONGEST_FEATURE)]
Features = Annotated[list[Feature], Field(max_length=MOST_FEATURES)]
SortOrder = Annotated[int, Field(ge=-1_000_000, le=1_000_000, strict=True)]
GatewayName = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,31}$")]


class Body(BaseModel):
    model_config = ConfigDict(extra="forbid")


class CreateAddon(Body):
    slug: Slug
    name: Name
    price_cents: Price
    currency: Currency = "USD"
    description: Description = ""
    features: Features = []
    sort_order: SortOrder = 0
    is_active: bool = True

    def entry(self) -> Entry:
        return Entry(**self.model_dump())


class ChangeAddon(Body):
    """Only what is given changes. The slug is not among it."""

    name: Name = ""
    price_cents: Price = 0
    currency: Currency = ""
    description: Description = ""
    features: Features = []
    sort_order: SortOrder = 0
    is_active: bool = True

    def changes(self) -> Changes:
        return cast("Changes", self.model_dump(exclude_unset=True))


class BuyAddon(Body):
    """`expected_…`: what the buyer was shown; at another price nothing is begun."""

    addon: Slug
    gateway: GatewayName | None = None
    success_url: ReturnUrl | None = None
    cancel_url: ReturnUrl | None = None
    expected_price_cents: Price | None = None
    expected_currency: Currency | None = None


Reason = Annotated[str, Text, Field(max_length=500)]


class CancelPurchase(Body):
    reason: Reason = ""


class RefundPurchase(Body):
    """`amount_cents` left out: all that is left."""

    amount_cents: Annotated[int, Field(ge=1, strict=True)] | None = None
    reason: Reason = "requested by the platform"
