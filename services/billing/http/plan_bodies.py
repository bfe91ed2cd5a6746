"""Plans as they are sent and answered."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated, cast

from pydantic import (
    BaseModel,
    Field,
    model_validator,
)

from runtime.web.openapi import means, optional
from services.billing.application import PlanChange
from services.billing.domain.plan.create import PlanDefinition
from services.billing.domain.plan.state import Plan
from services.billing.domain.terms import (
    REMOVE_BRANDING,
    ApplyTo,
    Price,
    Terms,
)
from services.billing.http import fields
from services.billing.http import sale_bodies as sold
from services.billing.http.meter_bodies import (
    ChangedCredits,
    ChangedQuotas,
    Credits,
    MeterQuotaBody,
    MonthlyCreditsBody,
    Quotas,
    credit_bodies,
    credits_of,
    quota_bodies,
    quotas_of,
)
from services.billing.http.plan_fields import (
    Active,
    Billed,
    Cents,
    Conversations,
    Currency,
    Days,
    Default,
    Family,
    Features,
    Limits,
    Messages,
    Name,
    OnRequest,
    Reminders,
    Resting,
    Slug,
    Tokens,
)
from services.billing.http.sale_bodies import Request
from services.billing.http.sync_bodies import Synced, sync_of


class NewPlan(Request):
    """A plan to be sold."""

    slug: Slug
    name: Name
    price_cents: Cents
    currency: Currency = "USD"
    interval: Billed = "month"
    monthly_conversations: Conversations
    monthly_messages: Messages | None = None
    max_tokens_per_response: Tokens | None = None
    features: Features = Field(default_factory=dict)
    limits: Limits = Field(default_factory=dict)
    family: Family | None = None
    past_due_days: Days | None = None
    reminder_days: Reminders | None = None
    quotas: Quotas = Field(default_factory=dict)
    monthly_credits: Credits = Field(default_factory=dict)
    per_unit: sold.PerUnitSold | None = None
    trial_days: sold.TrialDays | None = None
    trial_requires_card: sold.Card = True
    prices: sold.FurtherPrices = Field(default_factory=dict)
    contact_us: OnRequest = False
    while_paused: Resting = "default_plan"
    is_active: Active = True
    is_default: Default = False

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
                reminder_days=self.reminder_days,
                quotas=quotas_of(self.quotas),
                monthly_credits=credits_of(self.monthly_credits),
                contact_us=self.contact_us,
                while_paused=self.while_paused,
            ),
            is_active=self.is_active,
            is_default=self.is_default,
            sale=sold.sale_terms(
                self.per_unit, self.trial_days, self.trial_requires_card, self.prices
            ),
        )


class PlanPatch(Request):
    """Only what is given changes. The slug is not among it."""

    name: Name = optional("")
    price_cents: Cents = optional(0)
    currency: Currency = optional("")
    interval: Billed = optional("month")
    monthly_conversations: Conversations = optional(0)
    monthly_messages: Messages | None = None
    max_tokens_per_response: Tokens | None = None
    features: Features = optional({})
    limits: Limits = optional({})
    family: Family | None = None
    past_due_days: Days | None = None
    reminder_days: Reminders | None = None
    quotas: ChangedQuotas = optional({})
    monthly_credits: ChangedCredits = optional({})
    per_unit: sold.PerUnitSold | None = None
    trial_days: sold.TrialDays | None = None
    trial_requires_card: sold.Card = optional(True)
    prices: sold.ChangedPrices = optional({})
    contact_us: OnRequest = optional(False)
    while_paused: Resting = optional("default_plan")
    is_active: Active = optional(True)
    is_default: Default = optional(False)
    apply_to: Annotated[
        ApplyTo, means("Whose limits, quotas and features change.", "new_subscribers")
    ] = "everyone"

    @model_validator(mode="before")
    @classmethod
    def _keep_the_slug(cls, body: object) -> object:
        if isinstance(body, dict) and "slug" in body:
            raise ValueError("a plan's slug never changes after its creation")
        return body

    def change(self) -> PlanChange:
        changed = self.model_dump(exclude_unset=True, exclude={"quotas", "monthly_credits"})
        if "quotas" in self.model_fields_set:
            changed["quotas"] = quotas_of(self.quotas)
        if "monthly_credits" in self.model_fields_set:
            changed["monthly_credits"] = credits_of(self.monthly_credits)
        return cast("PlanChange", changed)


class PlanBody(BaseModel):
    """A plan of the catalogue."""

    slug: fields.Plan
    name: Annotated[str, means("What people read.", "Pro")]
    family: Annotated[str | None, means("What its variants have in common.", "pro")]
    price_cents: Annotated[int, means("Minor units, charged once per interval.", 2900)]
    currency: fields.CurrencyCode
    interval: fields.BillingInterval
    monthly_conversations: Annotated[int, means("A UTC month; 0 is unlimited.", 1000)]
    monthly_messages: Annotated[int | None, means("A UTC month; null is no cap.", 20000)]
    max_tokens_per_response: Annotated[int | None, means("Null is the default, 800.", 1200)]
    features: Annotated[
        dict[str, bool | int | str | None], means("Flags by name.", {"remove_branding": True})
    ]
    limits: Annotated[dict[str, int | None], means("Caps by name; null is none.", {"agents": 5})]
    past_due_days: Annotated[
        int | None, means("How long `past_due` keeps access; null is the default.", 21)
    ]
    reminder_days: Annotated[
        list[int] | None, means("Days after a failed payment; null is the default.", [2, 5, 10])
    ]
    quotas: Annotated[
        dict[str, MeterQuotaBody],
        means("By meter.", {"tokens": {"limit": 1_000_000, "mode": "hard"}}),
    ]
    monthly_credits: Annotated[
        dict[str, MonthlyCreditsBody],
        means("By meter.", {"tokens": {"amount": 50_000, "rollover_months": 1}}),
    ]
    per_unit: Annotated[sold.Units | None, means("Null where one is sold.")]
    trial_days: Annotated[int | None, means("Free before the first charge.", 14)]
    trial_requires_card: Annotated[bool, means("Whether a trial needs a card.", True)]
    prices: Annotated[dict[str, int], means("In further currencies, minor units.", {"EUR": 2700})]
    contact_us: Annotated[
        bool, means("Shown without a price, and not for sale at a checkout.", False)
    ]
    while_paused: Resting
    is_active: Annotated[bool, means("Whether it can be chosen.", True)]
    is_default: Annotated[bool, means("Whether it is what comes without a subscription.", False)]
    sync: Synced


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
        reminder_days=terms.reminder_days,
        quotas=quota_bodies(terms),
        monthly_credits=credit_bodies(terms),
        per_unit=sold.units_body(plan.sale),
        trial_days=plan.sale.trial_days,
        trial_requires_card=plan.sale.trial_requires_card,
        prices=plan.sale.prices,
        contact_us=terms.contact_us,
        while_paused=terms.while_paused,
        is_active=plan.is_active,
        is_default=plan.is_default,
        sync=sync_of(plan, gateways),
    )
