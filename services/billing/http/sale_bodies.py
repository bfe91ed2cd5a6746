"""How a plan is sold beside its price, as it is sent and answered."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StrictBool, StrictInt, StringConstraints

from runtime.web.openapi import means
from services.billing.domain.plan.sale import LONGEST_TRIAL, MOST_UNITS, PerUnit, SaleTerms

Word = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$")]
UnitCount = Annotated[StrictInt, Field(ge=1, le=MOST_UNITS)]
TrialDays = Annotated[
    StrictInt,
    Field(ge=1, le=LONGEST_TRIAL),
    means("Free days before the first charge, once for a workspace and family; null is none.", 14),
]
Card = Annotated[StrictBool, means("Whether a trial needs a card.", True)]


class Request(BaseModel):
    model_config = ConfigDict(extra="forbid")


class Units(Request):
    """The price is that of one unit."""

    unit: Annotated[Word, means("What is counted.", "seat")]
    min: Annotated[UnitCount, means("The least that are sold.", 1)] = 1
    max: Annotated[UnitCount | None, means("The most; null is no limit.", 100)] = None
    scales: Annotated[
        tuple[Word, ...],
        Field(max_length=100),
        means("The limits and quotas that are those of one unit.", ["members"]),
    ] = ()


CurrencyWord = Annotated[str, StringConstraints(pattern=r"^[A-Z]{3}$")]
FurtherCents = Annotated[StrictInt, Field(gt=0, le=2**53)]
FurtherPrices = Annotated[
    dict[CurrencyWord, FurtherCents],
    Field(max_length=50),
    means("What it costs in further currencies, in minor units.", {"EUR": 2700}),
]
ChangedPrices = Annotated[
    dict[CurrencyWord, FurtherCents | None],
    Field(max_length=50),
    means("Merged by currency; null ends one, for new subscribers.", {"EUR": 2700, "GBP": None}),
]
PerUnitSold = Annotated[Units, means("Sold by the unit; null is one by one.")]


def sale_terms(
    units: Units | None, trial_days: int | None, requires_card: bool, prices: dict[str, int]
) -> SaleTerms:
    per_unit = PerUnit(**units.model_dump()) if units is not None else None
    return SaleTerms(per_unit, trial_days, requires_card, dict(prices))


def units_body(sale: SaleTerms) -> Units | None:
    return Units(**asdict(sale.per_unit)) if sale.per_unit is not None else None
