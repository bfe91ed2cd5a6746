"""Recording usage: 2xx means durably stored."""

from __future__ import annotations

from starlette.responses import Response

from runtime.web.direct import Call
from services.metering.application.metering import Metering
from services.metering.http import bodies
from services.metering.http.answers import json_answer
from services.metering.http.batches import Events, read_events
from services.metering.http.direct import FAILED, DirectRouter
from services.metering.http.refusals import Refusals


class MessageRoutes:
    def __init__(self, metering: Metering, refusals: Refusals) -> None:
        self._metering = metering
        self._refusals = refusals

    def add_to(self, router: DirectRouter) -> None:
        router.add(
            "POST",
            "/events",
            self.report,
            summary="Report usage that happened",
            body=Events,
            answers={200: bodies.Results, **FAILED},
        )
        router.add(
            "POST",
            "/workspaces/{ws}/messages",
            self.record,
            summary="Check the quota and record a message, in one step",
            body=bodies.Message,
            answers={
                **dict.fromkeys((200, 201), bodies.Counted),
                429: "The monthly message limit is reached.",
                **FAILED,
            },
        )

    async def report(self, call: Call) -> Response:
        events = read_events(await call.body())
        results, position = await self._metering.record_usage(events, call.principal.cause())
        return json_answer(bodies.Results(results), 200, position)

    async def record(self, call: Call) -> Response:
        sent = bodies.read(await call.body(), bodies.Message)
        if sent.is_playground:
            return json_answer(bodies.Counted(sent.id, "ignored"), 200, self._metering.position)
        recorded = await self._metering.record_message(
            call.workspace, sent.id, sent.occurred_at, sent.agent_id, call.principal.cause()
        )
        if recorded.status == "refused":
            check = self._metering.check(call.workspace, "message", recorded.month)
            return self._refusals.answer(call, check, recorded.position)
        status = 201 if recorded.status == "inserted" else 200
        return json_answer(bodies.Counted(sent.id, recorded.status), status, recorded.position)
