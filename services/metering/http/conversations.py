"""Conversations: a start holds a unit, the first turn counts it."""

from __future__ import annotations

from fastapi import Request, Response

from kernel.clock import rfc3339
from runtime.web.idempotency import IdempotencyKeys
from runtime.web.rates import Rates
from services.metering.application.conversations import Conversations
from services.metering.application.metering import Metering
from services.metering.http import bodies
from services.metering.http.answers import json_answer
from services.metering.http.callers import Callers, usage_id
from services.metering.http.direct import FAILED, DirectRouter, Endpoint, add_direct_route, replayed
from services.metering.http.refusals import Refusals

_CONVERSATION = "/workspaces/{ws}/conversations/{id:path}"


class ConversationRoutes:
    def __init__(
        self,
        metering: Metering,
        conversations: Conversations,
        callers: Callers,
        refusals: Refusals,
        keys: IdempotencyKeys,
        rates: Rates,
    ) -> None:
        self._metering = metering
        self._conversations = conversations
        self._callers = callers
        self._refusals = refusals
        self._keys = keys
        self._rates = rates

    def add_to(self, router: DirectRouter) -> None:
        def once(endpoint: Endpoint) -> Endpoint:
            return replayed(endpoint, self._keys, self._callers)

        add_direct_route(
            *(router, "POST", "/workspaces/{ws}/conversations", once(self.start)),
            summary="Hold a unit for a new conversation",
            body=bodies.Conversation,
            answers={
                **dict.fromkeys((200, 201), bodies.Started),
                429: "The monthly conversation limit is reached.",
                **FAILED,
            },
        )
        add_direct_route(
            *(router, "POST", f"{_CONVERSATION}/first-turn"),
            once(self.first_turn),
            summary="The first turn is complete: count the conversation",
            body=bodies.FirstTurn,
            body_required=False,
            answers={200: bodies.FirstTurnCounted, **FAILED},
        )
        add_direct_route(
            *(router, "DELETE", _CONVERSATION, self.release),
            summary="Give the held unit back",
            answers={200: bodies.Released, 404: "It was never started.", **FAILED},
        )

    async def start(self, request: Request) -> Response:
        principal = self._callers.service(request)
        workspace = self._callers.workspace(request)
        sent = bodies.read(await request.body(), bodies.Conversation)
        self._rates.holds.spend(workspace)
        begin = (
            self._conversations.start_playground
            if sent.is_playground
            else self._conversations.start
        )
        held = await begin(workspace, sent.id, sent.agent_id, principal.cause())
        if held.status == "refused":
            check = self._metering.check(workspace, "conversation")
            return self._refusals.answer(request, workspace, check, held.position)
        ends = rfc3339(held.expires_at) if held.expires_at else None
        status = 201 if held.status == "started" else 200
        return json_answer(bodies.Started(sent.id, held.status, ends), status, held.position)

    async def first_turn(self, request: Request) -> Response:
        principal = self._callers.service(request)
        workspace, given = self._callers.workspace(request), usage_id(request)
        sent = bodies.read(await request.body() or b"{}", bodies.FirstTurn)
        if sent.is_playground:
            turn = self._conversations.ignore_first_turn(sent.occurred_at)
        else:
            turn = await self._conversations.complete_first_turn(
                workspace, given, sent.occurred_at, sent.agent_id, principal.cause()
            )
        body = bodies.FirstTurnCounted(given, turn.status, turn.late, turn.month)
        return json_answer(body, 200, turn.position)

    async def release(self, request: Request) -> Response:
        principal = self._callers.service(request)
        workspace, given = self._callers.workspace(request), usage_id(request)
        answer = await self._conversations.release(workspace, given, principal.cause())
        return json_answer(bodies.Released(given, answer.outcome), 200, answer.head)
