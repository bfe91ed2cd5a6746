"""The catalogue's plans."""

from __future__ import annotations

from typing import Literal

from contracts.envelope import EventData, Fact, later

Interval = Literal["month", "year"]
# What who pauses a plan lives on meanwhile.
WhilePaused = Literal["default_plan", "own_plan", "nothing"]


class MeterQuota(Fact):
    """Units of a meter a month; null is unlimited, 0 none."""

    limit: int | None
    mode: Literal["hard", "soft"]


class MonthlyCredits(Fact):
    """Granted as a month starts; what is left ends so many months after it."""

    amount: int
    rollover_months: int


class PlanCreated(EventData):
    """A plan stands in the catalogue."""

    TYPE = "billing.PlanCreated.v1"
    slug: str
    name: str
    family: str | None
    price_cents: int
    currency: str
    interval: Interval
    monthly_conversations: int
    monthly_messages: int | None
    max_tokens_per_response: int | None
    features: dict[str, bool | int | str | None]
    limits: dict[str, int | None]
    is_active: bool
    is_default: bool
    past_due_days: int | None = later(None)
    quotas: dict[str, MeterQuota] = later({})
    monthly_credits: dict[str, MonthlyCredits] = later({})
    contact_us: bool = later(False)
    reminder_days: list[int] | None = later(None)
    while_paused: WhilePaused = later("default_plan")


class PlanRenamed(EventData):
    """Only its name: the slug never changes."""

    TYPE = "billing.PlanRenamed.v1"
    slug: str
    name: str


class PlanRepriced(EventData):
    """New subscribers pay this; who subscribed before stays on the price they bought."""

    TYPE = "billing.PlanRepriced.v1"
    slug: str
    price_cents: int
    currency: str
    interval: Interval
    previous_price_cents: int
    previous_currency: str


class PlanLimitsChanged(EventData):
    """The whole set of limits and flags as they are now. `new_subscribers`: who
    lived on the plan before keeps the limits of then."""

    TYPE = "billing.PlanLimitsChanged.v1"
    slug: str
    family: str | None
    monthly_conversations: int
    monthly_messages: int | None
    max_tokens_per_response: int | None
    features: dict[str, bool | int | str | None]
    limits: dict[str, int | None]
    past_due_days: int | None = later(None)
    quotas: dict[str, MeterQuota] = later({})
    monthly_credits: dict[str, MonthlyCredits] = later({})
    apply_to: Literal["everyone", "new_subscribers"] = later("everyone")
    contact_us: bool = later(False)
    reminder_days: list[int] | None = later(None)
    while_paused: WhilePaused = later("default_plan")


class PerUnit(EventData):
    """The price is that of one `unit`, and so are the limits and quotas that `scales` names."""

    unit: str
    min: int
    max: int | None
    scales: tuple[str, ...]


class PlanSaleTermsChanged(EventData):
    """How it is sold from now on. A plan of which none was told is sold one by one, without a
    trial."""

    TYPE = "billing.PlanSaleTermsChanged.v1"
    slug: str
    per_unit: PerUnit | None
    trial_days: int | None
    trial_requires_card: bool
    prices: dict[str, int] = later({})


class PlanActivated(EventData):
    """It can be chosen again."""

    TYPE = "billing.PlanActivated.v1"
    slug: str


class PlanDeactivated(EventData):
    """It can't be chosen any more; who has it keeps it."""

    TYPE = "billing.PlanDeactivated.v1"
    slug: str


class PlanMadeDefault(EventData):
    """What workspaces without a subscription live on from now; the former default is not any
    more."""

    TYPE = "billing.PlanMadeDefault.v1"
    slug: str
    previous: str | None


class PlanNoLongerDefault(EventData):
    """Accompanies the `PlanMadeDefault` of `successor`."""

    TYPE = "billing.PlanNoLongerDefault.v1"
    slug: str
    successor: str


class PlanPriceAdopted(EventData):
    """Who pays this price of an existing business at the gateway lives on the plan. It is not
    sold to others."""

    TYPE = "billing.PlanPriceAdopted.v1"
    slug: str
    gateway: str
    product_ref: str
    price_ref: str
    price_cents: int
    currency: str
    interval: Interval


class PlanSynced(EventData):
    """The gateway sells the plan as the catalogue has it."""

    TYPE = "billing.PlanSynced.v1"
    slug: str
    gateway: str
    product_ref: str
    price_ref: str
    price_cents: int
    currency: str
    interval: Interval = "month"
    archived_price_ref: str | None


class PlanSyncFailed(EventData):
    """The gateway refused, or did not answer; `reason` says what. It is tried again."""

    TYPE = "billing.PlanSyncFailed.v1"
    slug: str
    gateway: str
    reason: str


class PlanWithdrawn(EventData):
    """The plan costs nothing any more, and the gateway sells it no longer."""

    TYPE = "billing.PlanWithdrawn.v1"
    slug: str
    gateway: str
    archived_price_ref: str | None
