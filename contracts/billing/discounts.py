"""The catalogue's discounts, and who redeemed them."""

from __future__ import annotations

from datetime import datetime

from contracts.envelope import EventData


class DiscountTerms(EventData):
    """Either `percent` (a decimal number, above 0 to 100) or `amount_cents` of a `currency`.
    `months` is null for ever and 0 for the next invoice alone; without `plans` it is for all."""

    code: str
    name: str
    percent: str | None
    amount_cents: int | None
    currency: str | None
    months: int | None
    plans: tuple[str, ...]
    max_redemptions: int | None
    expires_at: datetime | None
    is_active: bool


class DiscountCreated(DiscountTerms):
    """A code stands in the catalogue."""

    TYPE = "billing.DiscountCreated.v1"


class DiscountChanged(DiscountTerms):
    """For whoever redeems it from now on; who did before keeps the terms of then."""

    TYPE = "billing.DiscountChanged.v1"


class DiscountRedeemed(EventData):
    """A workspace holds the code. `order_id` is the checkout or the change that it is for."""

    TYPE = "billing.DiscountRedeemed.v1"
    workspace_id: str
    code: str
    order_id: str


class DiscountReleased(EventData):
    """Nothing came of what it was for."""

    TYPE = "billing.DiscountReleased.v1"
    workspace_id: str
    code: str
    order_id: str
