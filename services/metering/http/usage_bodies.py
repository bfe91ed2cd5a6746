"""What is known of one event of a meter, as it is answered."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel

from kernel.clock import rfc3339
from runtime.web.openapi import means
from services.metering.application.units import CorrectedUnit
from services.metering.domain.accounts.records import UsageRecord
from services.metering.domain.accounts.reservations import overdrawn
from services.metering.domain.quota import remaining
from services.metering.domain.units import Unit
from services.metering.http.room import AccountFigures


class SourceOfUnits(BaseModel):
    """Where units came from."""

    source: Annotated[str, means("`quota`, `overdrawn`, or the id of a grant.", "quota")]
    amount: Annotated[int, means("Units.", 3121)]


class UsageBody(BaseModel):
    """What is known of one id."""

    id: Annotated[str, means("The caller's own id.", "turn-1")]
    meter: Annotated[str, means("The meter.", "tokens")]
    status: Annotated[
        Literal["reserved", "counted", "released", "expired"], means("How it stands.", "counted")
    ]
    value: Annotated[int, means("What counts.", 3121)]
    reserved: Annotated[int, means("What is, or was, held.", 0)]
    overdrawn: Annotated[int, means("Of the value, what there was not.", 0)]
    month: Annotated[str, means("The UTC month it counts in.", "2026-11")]
    occurred_at: Annotated[
        str | None, means("Null where nothing was counted.", "2026-11-26T10:00:00Z")
    ]
    dimensions: Annotated[dict[str, str], means("By name.", {"model": "large"})]
    sources: Annotated[list[SourceOfUnits], means("In the order in which they were taken.")]
    corrections: Annotated[
        dict[str, int], means("The value that each correction set.", {"correction-1": 0})
    ]


class CorrectedUsage(UsageBody, AccountFigures):
    """The usage as it counts from now, and the account in its month."""


def usage_body(meter: str, record: UsageRecord) -> UsageBody:
    return UsageBody(
        id=record.usage_id,
        meter=meter,
        status=record.status,
        value=record.value,
        reserved=record.amount,
        overdrawn=overdrawn(record.sources),
        month=record.month,
        occurred_at=rfc3339(record.occurred_at) if record.occurred_at else None,
        dimensions=dict(record.dimensions),
        sources=[SourceOfUnits(source=part.source, amount=part.amount) for part in record.sources],
        corrections=dict(record.corrections),
    )


def unit_body(unit: Unit) -> UsageBody:
    told = {"agent_id": unit.agent_id, "conversation_id": unit.conversation_id}
    return UsageBody(
        id=unit.usage_id,
        meter=unit.metric,
        status="counted",
        value=unit.value,
        reserved=0,
        overdrawn=0,
        month=unit.month,
        occurred_at=rfc3339(unit.occurred_at),
        dimensions={name: value for name, value in told.items() if value is not None},
        sources=[SourceOfUnits(source="quota", amount=unit.value)] if unit.value else [],
        corrections=dict(unit.corrections),
    )


def corrected_unit(made: CorrectedUnit, limit: int | None) -> CorrectedUsage:
    left = remaining(limit, made.usage)
    shown = unit_body(made.unit).model_dump()
    return CorrectedUsage(**shown, used=made.usage.used, limit=limit, remaining=left)
