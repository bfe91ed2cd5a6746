"""Units that are held before they are used."""

from __future__ import annotations

from datetime import timedelta
from typing import cast

from starlette.responses import Response

from kernel.clock import rfc3339
from kernel.month import Month
from runtime.web.direct import Call
from runtime.web.rates import Rates
from services.metering.application.accounts.reserved import Reserved, Settlement
from services.metering.domain.accounts.records import UsageRecord
from services.metering.domain.errors import (
    AmbiguousReservation,
    MeterBuiltIn,
    MeterNotFound,
    QuotaExceeded,
    ReservationNotFound,
    WorkspaceUnknown,
)
from services.metering.domain.meters import BUILT_IN
from services.metering.http import account_bodies as bodies
from services.metering.http.account_answers import AccountAnswers, sources
from services.metering.http.answers import json_answer
from services.metering.http.bodies import read
from services.metering.http.direct import DirectRouter

_RESERVATION = "/workspaces/{ws}/reservations/{id:path}"


class ReservationRoutes:
    def __init__(self, reserved: Reserved, answers: AccountAnswers, rates: Rates) -> None:
        self._reserved = reserved
        self._answers = answers
        self._rates = rates

    def add_to(self, router: DirectRouter) -> None:
        router.add(
            "POST",
            "/workspaces/{ws}/reservations",
            self.reserve_units,
            body=bodies.Reservation,
            answers=dict.fromkeys((200, 201), bodies.Reserved),
            refuses=[MeterNotFound, MeterBuiltIn, QuotaExceeded, WorkspaceUnknown],
        )
        router.add(
            "POST",
            f"{_RESERVATION}/settle",
            self.settle_reservation,
            body=bodies.Settlement,
            answers={200: bodies.Settled},
            refuses=[MeterNotFound, ReservationNotFound, AmbiguousReservation],
        )
        router.add(
            "DELETE",
            _RESERVATION,
            self.release_reservation,
            answers={200: bodies.ReleasedReservation},
            refuses=[ReservationNotFound, AmbiguousReservation],
        )

    async def reserve_units(self, call: Call) -> Response:
        """Hold units before they are used: of the quota first, then of credits. They come back
        when they are released or expire. 200 when this id holds them already, or is settled."""
        sent = read(await call.body(), bodies.Reservation)
        if sent.meter in BUILT_IN:
            raise MeterBuiltIn(slug=sent.meter)
        self._rates.holds.spend(call.workspace)
        answer = await self._reserved.reserve(
            call.workspace,
            sent.meter,
            sent.id,
            sent.amount,
            timedelta(seconds=sent.expires_in),
            call.principal.cause(),
        )
        if answer.refusal is not None:
            return await self._answers.refused(
                answer, Month.of(self._reserved.clock()), sent.amount
            )
        record = cast("UsageRecord", answer.record)
        body = bodies.Reserved(
            id=record.usage_id,
            meter=sent.meter,
            status="reserved" if record.status == "reserved" else "counted",
            amount=record.amount,
            sources=sources(record.sources),
            expires_at=rfc3339(record.expires_at) if record.expires_at else None,
            **self._answers.figures(answer, record.month),
        )
        return json_answer(body, 201 if answer.new else 200, answer.position)

    async def settle_reservation(self, call: Call) -> Response:
        """Count what was used, and give the rest back where it came from. Never refused: what was
        used beyond everything that there is, is `overdrawn`. Also after the hold has ended, and
        the same again when it is repeated."""
        sent = read(await call.body(), bodies.Settlement)
        answer = await self._reserved.settle(
            call.workspace,
            sent.meter,
            call.id,
            Settlement(sent.value, sent.dimensions or {}),
            call.principal.cause(),
        )
        record = cast("UsageRecord", answer.record)
        body = bodies.Settled(
            id=record.usage_id,
            meter=answer.account.meter,
            value=record.value,
            released=record.released,
            overdrawn=record.overdrawn,
            sources=sources(record.sources),
            **self._answers.figures(answer, record.month),
        )
        return json_answer(body, 200, answer.position)

    async def release_reservation(self, call: Call) -> Response:
        """Give all that is held back. What is settled stays counted."""
        answer = await self._reserved.release(
            call.workspace, None, call.id, "released", call.principal.cause()
        )
        record = cast("UsageRecord", answer.record)
        body = bodies.ReleasedReservation(
            id=record.usage_id,
            meter=answer.account.meter,
            status=record.status,
            released=0 if record.status == "counted" else record.released,
            **self._answers.figures(answer, record.month),
        )
        return json_answer(body, 200, answer.position)
