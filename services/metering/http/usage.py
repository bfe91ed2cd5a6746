"""Usage of declared meters."""

from __future__ import annotations

from typing import cast

from starlette.responses import Response

from kernel.month import Month
from runtime.web.direct import Call
from services.metering.application.accounts.command import AccountAnswer
from services.metering.application.accounts.metered import MeteredUsage, Reported
from services.metering.application.reported import instant_of
from services.metering.domain.accounts.records import UsageRecord
from services.metering.domain.accounts.reservations import overdrawn
from services.metering.domain.errors import (
    MeterBuiltIn,
    MeterNotFound,
    QuotaExceeded,
    WorkspaceUnknown,
)
from services.metering.domain.meters import BUILT_IN
from services.metering.http import account_bodies as bodies
from services.metering.http.account_answers import AccountAnswers
from services.metering.http.answers import json_answer
from services.metering.http.bodies import read
from services.metering.http.direct import DirectRouter


class UsageRoutes:
    def __init__(self, usage: MeteredUsage, answers: AccountAnswers) -> None:
        self._usage = usage
        self._answers = answers

    def add_to(self, router: DirectRouter) -> None:
        router.add(
            "POST",
            "/workspaces/{ws}/usage",
            self.record_usage,
            body=bodies.Usage,
            answers=dict.fromkeys((200, 201), bodies.UsageCounted),
            refuses=[MeterNotFound, MeterBuiltIn, QuotaExceeded, WorkspaceUnknown],
        )

    async def record_usage(self, call: Call) -> Response:
        """Check the quota and record usage, in one step. Of many at once exactly as much passes as
        is left. A soft quota refuses nothing and says `over`. 200 when this id was counted
        before."""
        sent = read(await call.body(), bodies.Usage)
        if sent.meter in BUILT_IN:
            raise MeterBuiltIn(slug=sent.meter)
        reported = Reported(
            sent.id, sent.value, sent.dimensions or {}, sent.occurred_at, exact=True
        )
        now = self._usage.clock()
        answer = await self._usage.record(
            call.workspace, sent.meter, reported, call.principal.cause()
        )
        if answer.refusal is not None:
            month = Month.of(instant_of(sent.occurred_at, now))
            return await self._answers.refused(
                answer, month, 1 if sent.value is None else sent.value
            )
        return self._counted(answer)

    def _counted(self, answer: AccountAnswer) -> Response:
        record = cast("UsageRecord", answer.record)
        body = bodies.UsageCounted(
            id=record.usage_id,
            meter=answer.account.meter,
            status="inserted" if answer.new else "duplicate",
            value=record.value,
            month=record.month,
            over=record.over > 0,
            overdrawn=overdrawn(record.sources),
            **self._answers.figures(answer, record.month),
        )
        return json_answer(body, 201 if answer.new else 200, answer.position)
