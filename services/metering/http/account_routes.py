"""Questions about declared meters, and corrections."""

from __future__ import annotations

from typing import Annotated, cast

from fastapi import APIRouter, Path, Query, Response
from pydantic import BaseModel, ConfigDict, Field, StrictInt, StringConstraints

from kernel.month import Month
from kernel.text import LINE
from runtime.eventstore.command import note_position
from runtime.web.auth import Access, Principal
from runtime.web.commands import command_router
from runtime.web.idempotency import IdempotencyKeys
from runtime.web.openapi import means, refuses
from services.metering.application.accounts.parts import Accounts
from services.metering.domain.accounts.records import UsageRecord
from services.metering.domain.accounts.usage import Correction
from services.metering.domain.errors import (
    MeterBuiltIn,
    MeterNotFound,
    QuotaExceeded,
    UsageNotFound,
)
from services.metering.domain.meters import BUILT_IN, LARGEST_VALUE, SLUG
from services.metering.domain.quota import METRICS, Metric
from services.metering.http.account_answers import AccountAnswers
from services.metering.http.described import quota_refusals
from services.metering.http.room import UsageAllowance
from services.metering.http.usage_bodies import (
    CorrectedUsage,
    UsageBody,
    corrected_unit,
    unit_body,
    usage_body,
)

BY_NAME: dict[str, Metric] = {metric: metric for metric in METRICS}
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
            return await answers.refused(answer, Month.of(accounts.desk.clock()), amount)
        return room

    _add_events(router, access, accounts)
    _add_corrections(router, access, accounts, answers)
    return router


def _add_events(router: APIRouter, access: Access, accounts: Accounts) -> None:
    @router.get(
        "/{ws}/events/{meter}/{id:path}", openapi_extra=refuses(MeterNotFound, UsageNotFound)
    )
    async def show_usage_event(
        ws: OfWorkspace, meter: OfMeter, usage_id: OfUsage, _: Principal = access.service
    ) -> UsageBody:
        """Was it counted? What is known of one id, of any meter."""
        built_in = BY_NAME.get(meter)
        if built_in is not None:
            return unit_body(await accounts.units.find(ws, built_in, usage_id))
        return usage_body(meter, await accounts.usage.find(ws, meter, usage_id))


def _add_corrections(
    router: APIRouter, access: Access, accounts: Accounts, answers: AccountAnswers
) -> None:
    @router.post(
        "/{ws}/corrections",
        status_code=201,
        responses={200: {"model": CorrectedUsage, "description": "It was made before."}},
        openapi_extra=refuses(MeterNotFound, UsageNotFound),
    )
    async def correct_usage(
        ws: OfWorkspace,
        body: CorrectUsage,
        response: Response,
        caller: Principal = access.service_or_admin,
    ) -> CorrectedUsage:
        """Count another value for an event. In the month of the event; what was not used after all
        goes back where it came from. One of a built-in meter counts 1 or 0. 200 when this
        correction was made before."""
        correction = Correction(body.id, body.value, body.reason)
        built_in = BY_NAME.get(body.meter)
        if built_in is not None:
            made = await accounts.units.correct(
                ws, built_in, body.event, correction, caller.cause()
            )
            note_position("metering", made.position)
            response.status_code = 201 if made.new else 200
            return corrected_unit(made, accounts.units.limit_of(made.unit))
        answer = await accounts.usage.correct(
            ws, body.meter, body.event, correction, caller.cause()
        )
        note_position("metering", answer.position)
        response.status_code = 201 if answer.new else 200
        record = cast("UsageRecord", answer.record)
        shown = usage_body(body.meter, record).model_dump()
        return CorrectedUsage(**shown, **answers.figures(answer, record.month))


def declared(meter: str) -> None:
    """Raises MeterBuiltIn."""
    if meter in BUILT_IN:
        raise MeterBuiltIn(slug=meter)
