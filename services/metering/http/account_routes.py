"""Questions about declared meters, and corrections."""

from __future__ import annotations

from typing import Annotated, Literal, cast

from fastapi import APIRouter, Path, Query, Response
from pydantic import BaseModel, ConfigDict, Field, StrictInt, StringConstraints

from kernel.clock import rfc3339
from kernel.month import Month
from kernel.text import LINE
from runtime.eventstore.command import note_position
from runtime.web.auth import Access, Principal
from runtime.web.commands import command_router
from runtime.web.idempotency import IdempotencyKeys
from runtime.web.openapi import means, refuses
from services.metering.application.accounts.parts import Accounts
from services.metering.domain.accounts.records import UsageRecord
from services.metering.domain.accounts.reservations import overdrawn
from services.metering.domain.accounts.usage import Correction
from services.metering.domain.errors import (
    MeterBuiltIn,
    MeterNotFound,
    QuotaExceeded,
    UsageNotFound,
)
from services.metering.domain.meters import BUILT_IN, LARGEST_VALUE, SLUG
from services.metering.http.account_answers import AccountAnswers
from services.metering.http.described import quota_refusals
from services.metering.http.room import AccountFigures, UsageAllowance

OfWorkspace = Annotated[str, Path(description="The workspace's id.", examples=["acme"])]
OfMeter = Annotated[str, Path(pattern=SLUG, description="A meter.", examples=["tokens"])]
AskedMeter = Annotated[str, Query(pattern=SLUG, description="A meter.", examples=["tokens"])]
AskedAmount = Annotated[int, Query(ge=0, le=LARGEST_VALUE, description="How much.")]
UsageText = Annotated[str, StringConstraints(min_length=1, max_length=255, pattern=LINE)]
OfUsage = Annotated[
    str,
    Path(
        alias="id",
        max_length=255,
        pattern=LINE,
        description="The caller's own id.",
        examples=["turn-1"],
    ),
]


class CorrectUsage(BaseModel):
    """What should have been counted."""

    model_config = ConfigDict(extra="forbid")
    id: Annotated[UsageText, means("The correction's own; it is made once.", "correction-1")]
    meter: Annotated[str, Field(pattern=SLUG), means("The meter.", "tokens")]
    event: Annotated[UsageText, means("The id of the usage.", "turn-1")]
    value: Annotated[
        StrictInt, Field(ge=0, le=LARGEST_VALUE), means("What counts from now; 0 is void.", 0)
    ]
    reason: Annotated[
        str,
        StringConstraints(strip_whitespace=True, min_length=1, max_length=500, pattern=LINE),
        means("Why.", "Counted twice by a retry."),
    ]


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


def account_router(
    keys: IdempotencyKeys, access: Access, accounts: Accounts, answers: AccountAnswers
) -> APIRouter:
    router = command_router(
        accounts.store, keys, prefix="/v1/metering/workspaces", tags=["metering"]
    )

    @router.get(
        "/{ws}/can-use",
        response_model=UsageAllowance,
        responses=quota_refusals([QuotaExceeded]),
        openapi_extra=refuses(MeterNotFound, MeterBuiltIn, QuotaExceeded),
    )
    async def check_quota(
        ws: OfWorkspace,
        meter: AskedMeter,
        amount: AskedAmount = 1,
        _: Principal = access.service,
    ) -> UsageAllowance | Response:
        """May so much be used? Nothing is recorded; the built-in meters have their own checks."""
        declared(meter)
        answer = await accounts.desk.look(ws, meter)
        room = answers.room(answer, amount)
        if not room.allowed:
            return answers.refused(answer, Month.of(accounts.desk.clock()), amount)
        return room

    @router.get(
        "/{ws}/events/{meter}/{id:path}", openapi_extra=refuses(MeterNotFound, UsageNotFound)
    )
    async def show_usage_event(
        ws: OfWorkspace, meter: OfMeter, usage_id: OfUsage, _: Principal = access.service
    ) -> UsageBody:
        """Was it counted? What is known of one id."""
        return usage_body(meter, await accounts.usage.find(ws, meter, usage_id))

    _add_corrections(router, access, accounts, answers)
    return router


def _add_corrections(
    router: APIRouter, access: Access, accounts: Accounts, answers: AccountAnswers
) -> None:
    @router.post(
        "/{ws}/corrections",
        status_code=201,
        responses={200: {"model": CorrectedUsage, "description": "It was made before."}},
        openapi_extra=refuses(MeterNotFound, MeterBuiltIn, UsageNotFound),
    )
    async def correct_usage(
        ws: OfWorkspace, body: CorrectUsage, response: Response, caller: Principal = access.service
    ) -> CorrectedUsage:
        """Count another value for an event. In the month of the event; what was not used after all
        goes back where it came from. 200 when this correction was made before."""
        declared(body.meter)
        correction = Correction(body.id, body.value, body.reason)
        answer = await accounts.usage.correct(
            ws, body.meter, body.event, correction, caller.cause()
        )
        note_position("metering", answer.position)
        response.status_code = 201 if answer.new else 200
        record = cast("UsageRecord", answer.record)
        shown = usage_body(body.meter, record).model_dump()
        return CorrectedUsage(**shown, **answers.figures(answer, record.month))


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


def declared(meter: str) -> None:
    """Raises MeterBuiltIn."""
    if meter in BUILT_IN:
        raise MeterBuiltIn(slug=meter)
