"""Commands: 2xx means durably stored."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Any

from fastapi import APIRouter, Request, Response

from kernel.clock import rfc3339
from runtime.idempotency import IdempotencyKeys
from services.metering.application.metering import Metering
from services.metering.http import bodies
from services.metering.http.answers import json_answer
from services.metering.http.callers import Callers, header, usage_id
from services.metering.http.direct import add_direct_route
from services.metering.http.refusals import Refusals

Handler = Callable[[Request], Coroutine[Any, Any, Response]]
_CONVERSATION = "/workspaces/{ws}/conversations/{id:path}"
_FAILED = {422: "The request can't be read.", 503: "Nothing was accepted. Try again."}


class Recording:
    def __init__(
        self, metering: Metering, callers: Callers, refusals: Refusals, keys: IdempotencyKeys
    ) -> None:
        self._metering = metering
        self._callers = callers
        self._refusals = refusals
        self._keys = keys

    def add_to(self, router: APIRouter) -> None:
        add_direct_route(
            *(router, "POST", "/events", self._post(self.report_events)),
            summary="Report usage that happened",
            body=bodies.Events,
            answers={200: bodies.Results, **_FAILED},
        )
        add_direct_route(
            *(router, "POST", "/workspaces/{ws}/messages", self._post(self.record_message)),
            summary="Check the quota and record a message, in one step",
            body=bodies.Message,
            answers={
                **dict.fromkeys((200, 201), bodies.Counted),
                429: "The monthly message limit is reached.",
                **_FAILED,
            },
        )
        add_direct_route(
            *(router, "POST", "/workspaces/{ws}/conversations", self._post(self.start)),
            summary="Hold a unit for a new conversation",
            body=bodies.Conversation,
            answers={
                **dict.fromkeys((200, 201), bodies.Started),
                429: "The monthly conversation limit is reached.",
                **_FAILED,
            },
        )
        add_direct_route(
            *(router, "POST", f"{_CONVERSATION}/first-turn", self._post(self.first_turn)),
            summary="The first turn is complete: count the conversation",
            body=bodies.FirstTurn,
            body_required=False,
            answers={200: bodies.FirstTurnCounted, **_FAILED},
        )
        add_direct_route(
            *(router, "DELETE", _CONVERSATION, self.release),
            summary="Give the held unit back",
            answers={200: bodies.Released, 404: "It was never started.", **_FAILED},
        )

    def _post(self, handler: Handler) -> Handler:
        """Only a request with an `Idempotency-Key` pays for it."""
        replaying = self._keys.replaying(handler)

        async def post(request: Request) -> Response:
            if header(request, b"idempotency-key") is None:
                return await handler(request)
            self._callers.service(request)
            return await replaying(request)

        return post

    async def report_events(self, request: Request) -> Response:
        principal = self._callers.service(request)
        events = bodies.read_events(await request.body())
        results, position = await self._metering.record_usage(events, principal.cause())
        return json_answer(bodies.Results(results), 200, position)

    async def record_message(self, request: Request) -> Response:
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

    async def start(self, request: Request) -> Response:
        principal = self._callers.service(request)
        workspace = self._callers.workspace(request)
        sent = bodies.read(await request.body(), bodies.Conversation)
        held = await self._metering.start_conversation(
            *(workspace, sent.id, sent.agent_id, principal.cause()),
            playground=sent.is_playground,
        )
        if held.status == "refused":
            check = self._metering.check(workspace, "conversation")
            return self._refusals.answer(request, workspace, check, held.position)
        ends = rfc3339(held.expires_at) if held.expires_at else None
        return json_answer(
            bodies.Started(sent.id, held.status, ends),
            201 if held.status == "started" else 200,
            held.position,
        )

    async def first_turn(self, request: Request) -> Response:
        principal = self._callers.service(request)
        workspace, given = self._callers.workspace(request), usage_id(request)
        sent = bodies.read(await request.body() or b"{}", bodies.FirstTurn)
        counted = await self._metering.complete_first_turn(
            *(workspace, given, sent.occurred_at, sent.agent_id, principal.cause()),
            playground=sent.is_playground,
        )
        return json_answer(
            bodies.FirstTurnCounted(given, counted.status, counted.late, counted.month),
            200,
            counted.position,
        )

    async def release(self, request: Request) -> Response:
        principal = self._callers.service(request)
        workspace, given = self._callers.workspace(request), usage_id(request)
        answer = await self._metering.release_conversation(workspace, given, principal.cause())
        return json_answer(bodies.Released(given, answer.outcome), 200, answer.head)
