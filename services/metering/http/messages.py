"""Recording usage: 2xx means durably stored."""

from __future__ import annotations

from fastapi import Request, Response

from runtime.web.idempotency import IdempotencyKeys
from services.metering.application.metering import Metering
from services.metering.http import bodies
from services.metering.http.answers import json_answer
from services.metering.http.batches import Events, read_events
from services.metering.http.callers import Callers
from services.metering.http.direct import FAILED, DirectRouter, Endpoint, add_direct_route, replayed
from services.metering.http.refusals import Refusals


class MessageRoutes:
    def __init__(
        self, metering: Metering, callers: Callers, refusals: Refusals, keys: IdempotencyKeys
    ) -> None:
        self._metering = metering
        self._callers = callers
        self._refusals = refusals
        self._keys = keys

    def add_to(self, router: DirectRouter) -> None:
        def once(endpoint: Endpoint) -> Endpoint:
            return replayed(endpoint, self._keys, self._callers)

        add_direct_route(
            *(router, "POST", "/events", once(self.report)),
            summary="Report usage that happened",
            body=Events,
            answers={200: bodies.Results, **FAILED},
        )
        add_direct_route(
            *(router, "POST", "/workspaces/{ws}/messages", once(self.record)),
            summary="Check the quota and record a message, in one step",
            body=bodies.Message,
            answers={
                **dict.fromkeys((200, 201), bodies.Counted),
                429: "The monthly message limit is reached.",
                **FAILED,
            },
        )

    async def report(self, request: Request) -> Response:
        principal = self._callers.service(request)
        events = read_events(await request.body())
        results, position = await self._metering.record_usage(events, principal.cause())
        return json_answer(bodies.Results(results), 200, position)

    async def record(self, request: Request) -> Response:
        principal = self._callers.service(request)
        workspace = self._callers.workspace(request)
        sent = bodies.read(await request.body(), bodies.Message)
        if sent.is_playground:
            return json_answer(bodies.Counted(sent.id, "ignored"), 200, self._metering.position)
        recorded = await self._metering.record_message(
            workspace, sent.id, sent.occurred_at, sent.agent_id, principal.cause()
        )
        if recorded.status == "refused":
            check = self._metering.check(workspace, "message", recorded.month)
            return self._refusals.answer(request, workspace, check, recorded.position)
        status = 201 if recorded.status == "inserted" else 200
        return json_answer(bodies.Counted(sent.id, recorded.status), status, recorded.position)
