"""An explained decision as it is answered."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel

from runtime.web.openapi import means
from services.metering.domain.quota import Metric


class KnownPositions(BaseModel):
    """What was known when it was decided."""

    usage: Annotated[str, means("The position in metering's log.", "metering:4711")]
    limits: Annotated[int, means("How many changes of plans and limits had been applied.", 12)]


class SettingEvent(BaseModel):
    """An event of another service that metering has applied."""

    event: Annotated[str, means("Its service and position.", "billing:42")]
    type: Annotated[str, means("Its type.", "PlanSubscribed")]
    at: Annotated[str, means("When it happened.", "2026-11-01T00:00:00Z")]


class UsageOfDay(BaseModel):
    """How much was counted on a day."""

    day: Annotated[str, means("A UTC day.", "2026-11-26")]
    count: Annotated[int, means("Units.", 37)]


class CountedEvent(BaseModel):
    """One unit that was counted."""

    id: Annotated[str, means("The caller's own id.", "conversation-1")]
    position: Annotated[str, means("Its position.", "metering:4710")]
    occurred_at: Annotated[str, means("When it happened.", "2026-11-26T09:59:58Z")]
    recorded_at: Annotated[str, means("When it was stored.", "2026-11-26T10:00:00Z")]


class DecisiveUsage(BaseModel):
    """The usage that filled the quota."""

    days: Annotated[list[UsageOfDay], means("Those with usage, in order.")]
    first: Annotated[CountedEvent | None, means("The first that was stored.")]
    last: Annotated[CountedEvent | None, means("The last.")]


class ExplainedDecision(BaseModel):
    """What was true at the positions that the decision names."""

    id: Annotated[str, means("The `X-Decision-Id`.", "eyJ3IjoiYWNtZSJ9.c2ln")]
    key_id: Annotated[str, means("The key that its check value was made with.", "3f9a1c20")]
    workspace_id: Annotated[str, means("The workspace.", "acme")]
    metric: Annotated[Metric, means("What was asked for.", "conversation")]
    month: Annotated[str, means("The UTC month.", "2026-11")]
    allowed: Annotated[bool, means("Whether there was room.", False)]
    used: Annotated[int, means("What was counted.", 1000)]
    held: Annotated[int, means("What was held by running starts.", 0)]
    limit: Annotated[int | None, means("The quota; null is unlimited.", 1000)]
    plan: Annotated[str, means("The slug of the plan.", "pro-monthly")]
    resets_at: Annotated[str, means("When the next month starts.", "2026-12-01T00:00:00Z")]
    known: Annotated[KnownPositions, means("What was known.")]
    plan_set_by: Annotated[SettingEvent | None, means("What put the workspace on the plan.")]
    limit_set_by: Annotated[SettingEvent | None, means("What gave the plan its limit.")]
    usage: Annotated[DecisiveUsage, means("What filled it.")]
    explanation: Annotated[
        str,
        means(
            "The same in a sentence.",
            "1000 conversations counted and 0 held of 1000 in 2026-11 on plan 'pro-monthly'.",
        ),
    ]


class ExplainedAccountDecision(BaseModel):
    """The same of a declared meter."""

    id: Annotated[str, means("The `X-Decision-Id`.", "decm_eyJ3IjoiYWNtZSJ9")]
    key_id: Annotated[str, means("The key that its check value was made with.", "3f9a1c20")]
    workspace_id: Annotated[str, means("The workspace.", "acme")]
    meter: Annotated[str, means("The meter.", "tokens")]
    month: Annotated[str, means("The UTC month.", "2026-11")]
    amount: Annotated[int, means("What was asked for.", 4000)]
    allowed: Annotated[bool, means("Whether there was room.", False)]
    used: Annotated[int, means("What was counted.", 98000)]
    reserved: Annotated[int, means("What was held.", 0)]
    limit: Annotated[int | None, means("The quota; null is unlimited.", 100000)]
    credits: Annotated[int, means("Free credits.", 0)]
    overdrawn: Annotated[int, means("What had been used beyond everything.", 0)]
    remaining: Annotated[int | None, means("What was left.", 2000)]
    plan: Annotated[str, means("The slug of the plan.", "pro-monthly")]
    at: Annotated[str, means("When it was decided.", "2026-11-26T10:00:00Z")]
    resets_at: Annotated[str, means("When the next month starts.", "2026-12-01T00:00:00Z")]
    known: Annotated[KnownPositions, means("What was known.")]
    explanation: Annotated[str, means("The same in a sentence.", "4000 of tokens were asked for.")]
