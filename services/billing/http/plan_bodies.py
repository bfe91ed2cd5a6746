"""Plans as they are sent and answered."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated, Any, cast

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    StrictBool,
    StrictInt,
    StrictStr,
    StringConstraints,
    model_validator,
)

from kernel.text import LINE
from services.billing.application import PlanChange
from services.billing.domain.plan.create import PlanDefinition
from services.billing.domain.plan.offers import SyncState
from services.billing.domain.plan.state import Plan
from services.billing.domain.terms import (
    LARGEST_RESPONSE,
    LONGEST_PAST_DUE,
    REMOVE_BRANDING,
    SMALLEST_RESPONSE,
    Interval,
    Price,
    Terms,
)

LARGEST = 10**12
Slug = Annotated[str, StringConstraints(pattern=r"^[a-z0-9]([a-z0-9-]{0,62}[a-z0-9])?$")]
Name = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=120, pattern=LINE),
]
Word = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$")]
Text = Annotated[StrictStr, StringConstraints(max_length=500, pattern=LINE)]
Count = Annotated[StrictInt, Field(ge=0, le=LARGEST)]
Positive = Annotated[StrictInt, Field(ge=1, le=LARGEST)]
Tokens = Annotated[StrictInt, Field(ge=SMALLEST_RESPONSE, le=LARGEST_RESPONSE)]
Days = Annotated[StrictInt, Field(ge=0, le=LONGEST_PAST_DUE)]
Currency = Annotated[str, StringConstraints(pattern=r"^[A-Z]{3}$")]
Whole = Annotated[StrictInt, Field(ge=-LARGEST, le=LARGEST)]
Features = Annotated[dict[Word, StrictBool | Whole | Text | None], Field(max_length=100)]
Limits = Annotated[dict[Word, Count | None], Field(max_length=100)]


class Request(BaseModel):
    model_config = ConfigDict(extra="forbid")


class NewPlan(Request):
    slug: Slug
    name: Name
    price_cents: Count
    currency: Currency = "USD"
    interval: Interval = "month"
    monthly_conversations: Count
    monthly_messages: Count | None = None
    max_tokens_per_response: Tokens | None = None
    features: Features = Field(default_factory=dict)
    limits: Limits = Field(default_factory=dict)
    family: Slug | None = None
    past_due_days: Days | None = None
    is_active: StrictBool = True
    is_default: StrictBool = False

    def definition(self) -> PlanDefinition:
        flags = {REMOVE_BRANDING: False, **self.features}
        return PlanDefinition(
            slug=self.slug,
            name=self.name,
            price=Price(self.price_cents, self.currency, self.interval),
            terms=Terms(
                monthly_conversations=self.monthly_conversations,
                monthly_messages=self.monthly_messages,
                max_tokens_per_response=self.max_tokens_per_response,
                features={name: flag for name, flag in flags.items() if flag is not None},
                limits=dict(self.limits),
                family=self.family,
                past_due_days=self.past_due_days,
            ),
            is_active=self.is_active,
            is_default=self.is_default,
        )


def _without_default(schema: dict[str, Any]) -> None:
    schema.pop("default", None)


def optional(placeholder: Any) -> Any:
    """A field that may be left out but not be null. The placeholder is never read: only the fields
    that were sent are."""
    return Field(default=placeholder, json_schema_extra=_without_default)


class PlanPatch(Request):
    name: Name = optional("")
    price_cents: Count = optional(0)
    currency: Currency = optional("")
    interval: Interval = optional("month")
    monthly_conversations: Count = optional(0)
    monthly_messages: Count | None = None
    max_tokens_per_response: Tokens | None = None
    features: Features = optional({})
    limits: Limits = optional({})
    family: Slug | None = None
    past_due_days: Days | None = None
    is_active: StrictBool = optional(True)
    is_default: StrictBool = optional(False)

    @model_validator(mode="before")
    @classmethod
    def _keep_the_slug(cls, body: object) -> object:
        if isinstance(body, dict) and "slug" in body:
            raise ValueError("a plan's slug never changes after its creation")
        return body

    def change(self) -> PlanChange:
        return cast("PlanChange", self.model_dump(exclude_unset=True))


class SyncBody(BaseModel):
    state: SyncState
    reason: str | None = None


class SyncAnswer(BaseModel):
    sync: dict[str, SyncBody]


class PlanBody(BaseModel):
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
    past_due_days: int | None
    is_active: bool
    is_default: bool
    sync: dict[str, SyncBody]


def sync_of(plan: Plan, gateways: Iterable[str]) -> dict[str, SyncBody]:
    return {
        name: SyncBody(state=plan.sync_state(name), reason=plan.sync(name).reason)
        for name in gateways
    }


def plan_body(plan: Plan, gateways: Iterable[str]) -> PlanBody:
    terms, price = plan.terms, plan.price
    return PlanBody(
        slug=plan.slug,
        name=plan.name,
        family=terms.family,
        price_cents=price.price_cents,
        currency=price.currency,
        interval=price.interval,
        monthly_conversations=terms.monthly_conversations,
        monthly_messages=terms.monthly_messages,
        max_tokens_per_response=terms.max_tokens_per_response,
        features=terms.features,
        limits=terms.limits,
        past_due_days=terms.past_due_days,
        is_active=plan.is_active,
        is_default=plan.is_default,
        sync=sync_of(plan, gateways),
    )
