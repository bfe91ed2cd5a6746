"""What a plan gives of meters, as it is sent and answered."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, StrictInt, StringConstraints

from runtime.web.openapi import means
from services.billing.domain.terms import (
    LARGEST_AMOUNT,
    LONGEST_ROLLOVER,
    MonthlyCredits,
    Quota,
    QuotaMode,
    Terms,
)

Meter = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9_-]{0,63}$")]


class MeterQuotaBody(BaseModel):
    """What a plan gives of a meter."""

    model_config = ConfigDict(extra="forbid")
    limit: Annotated[
        Annotated[StrictInt, Field(ge=0, le=LARGEST_AMOUNT)] | None,
        means("Units a UTC month; null is unlimited, 0 none.", 1_000_000),
    ]
    mode: Annotated[QuotaMode, means("A `soft` one refuses nothing.", "hard")] = "hard"


class MonthlyCreditsBody(BaseModel):
    """Credits that a plan grants."""

    model_config = ConfigDict(extra="forbid")
    amount: Annotated[
        StrictInt, Field(ge=1, le=LARGEST_AMOUNT), means("As each month starts.", 50_000)
    ]
    rollover_months: Annotated[
        StrictInt,
        Field(ge=0, le=LONGEST_ROLLOVER),
        means("How many months longer what is left may be used.", 1),
    ] = 0


Quotas = Annotated[
    dict[Meter, MeterQuotaBody],
    Field(max_length=100),
    means("By meter, the built-in two left out.", {"tokens": {"limit": 1_000_000, "mode": "hard"}}),
]
Credits = Annotated[
    dict[Meter, MonthlyCreditsBody],
    Field(max_length=100),
    means("By meter.", {"tokens": {"amount": 50_000, "rollover_months": 1}}),
]
ChangedQuotas = Annotated[
    dict[Meter, MeterQuotaBody | None],
    Field(max_length=100),
    means("By meter; null takes it out.", {"tokens": {"limit": 2_000_000, "mode": "hard"}}),
]
ChangedCredits = Annotated[
    dict[Meter, MonthlyCreditsBody | None],
    Field(max_length=100),
    means("By meter; null takes it out.", {"tokens": {"amount": 80_000, "rollover_months": 1}}),
]


def quotas_of(sent: Mapping[str, MeterQuotaBody | None]) -> dict[str, Any]:
    return {meter: each and Quota(each.limit, each.mode) for meter, each in sent.items()}


def credits_of(sent: Mapping[str, MonthlyCreditsBody | None]) -> dict[str, Any]:
    return {
        meter: each and MonthlyCredits(each.amount, each.rollover_months)
        for meter, each in sent.items()
    }


def quota_bodies(terms: Terms) -> dict[str, MeterQuotaBody]:
    return {
        meter: MeterQuotaBody(limit=each.limit, mode=each.mode)
        for meter, each in terms.quotas.items()
    }


def credit_bodies(terms: Terms) -> dict[str, MonthlyCreditsBody]:
    return {
        meter: MonthlyCreditsBody(amount=each.amount, rollover_months=each.rollover_months)
        for meter, each in terms.monthly_credits.items()
    }
