"""How an account stands, as it is answered."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel

from runtime.web.openapi import means


class UsageAllowance(BaseModel):
    """There is room for it."""

    allowed: Annotated[bool, means("Always true: a refusal is a 429.", True)]
    meter: Annotated[str, means("The meter.", "tokens")]
    amount: Annotated[int, means("What was asked for.", 4000)]
    used: Annotated[int, means("Counted this month.", 3121)]
    reserved: Annotated[int, means("Held this month.", 4000)]
    limit: Annotated[int | None, means("A month by the plan; null is unlimited.", 100000)]
    credits: Annotated[int, means("Free credits.", 0)]
    remaining: Annotated[int | None, means("What is left; null is unlimited.", 92879)]
    over: Annotated[bool, means("Whether it would exceed a soft quota.", False)]
    resets_at: Annotated[str, means("When the next month starts.", "2026-12-01T00:00:00Z")]


class AccountFigures(BaseModel):
    """The account in that month."""

    used: Annotated[int, means("Counted.", 3121)]
    limit: Annotated[int | None, means("By the plan; null is unlimited.", 100_000)]
    remaining: Annotated[
        int | None, means("Of quota and credits what is left; null is unlimited.", 96_879)
    ]
