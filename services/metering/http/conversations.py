"""Conversations: a start holds a unit, the first turn counts it."""

from __future__ import annotations

from typing import cast

from starlette.responses import Response

from kernel.clock import rfc3339
from runtime.web.direct import Call
from runtime.web.rates import Rates
from services.metering.application.conversations import Conversations
from services.metering.application.metering import Metering
from services.metering.domain.errors import (
    ConversationNotFound,
    PlanLimitReached,
    WorkspaceUnknown,
)
from services.metering.http import bodies
from services.metering.http.answers import figures, json_answer
from services.metering.http.direct import DirectRouter
from services.metering.http.refusals import Refusals

_CONVERSATION = "/workspaces/{ws}/conversations/{id:path}"


class ConversationRoutes:
    def __init__(
        self,
        metering: Metering,
        conversations: Conversations,
        refusals: Refusals,
        rates: Rates,
    ) -> None:
        self._metering = metering
        self._conversations = conversations
        self._refusals = refusals
        self._rates = rates

    def add_to(self, router: DirectRouter) -> None:
        router.add(
            "POST",
            "/workspaces/{ws}/conversations",
            self.start_conversation,
            body=bodies.Conversation,
            answers=dict.fromkeys((200, 201), bodies.Started),
            refuses=[PlanLimitReached, WorkspaceUnknown],
        )
        router.add(
            "POST",
            f"{_CONVERSATION}/first-turn",
            self.complete_first_turn,
            body=bodies.FirstTurn,
            body_required=False,
            answers={200: bodies.FirstTurnCounted},
        )
        router.add(
            "DELETE",
            _CONVERSATION,
            self.release_conversation,
            answers={200: bodies.Released},
            refuses=[ConversationNotFound, WorkspaceUnknown],
        )

    async def start_conversation(self, call: Call) -> Response:
        """Hold a unit for a new conversation. It is counted when its first turn completes, and
        comes back when it is released or expires. 200 when this id was started before."""
        sent = bodies.read(await call.body(), bodies.Conversation)
        self._rates.holds.spend(call.workspace)
        begin = (
            self._conversations.start_playground
            if sent.is_playground
            else self._conversations.start
        )
        held = await begin(call.workspace, sent.id, sent.agent_id, call.principal.cause())
        check = self._metering.check(call.workspace, "conversation")
        if held.status == "refused":
            return await self._refusals.answer(call, check, held.position)
        ends = rfc3339(held.expires_at) if held.expires_at else None
        status = 201 if held.status == "started" else 200
        body = bodies.Started(sent.id, held.status, ends, *figures(check))
        return json_answer(body, status, held.position)

    async def complete_first_turn(self, call: Call) -> Response:
        """The first turn is complete: count the conversation. Once, for ever, also when it was
        never started or its hold has expired. A playground's gives a held unit back."""
        sent = bodies.read(await call.body() or b"{}", bodies.FirstTurn)
        if sent.is_playground:
            turn = await self._conversations.ignore_first_turn(
                call.workspace, call.id, sent.occurred_at, call.principal.cause()
            )
        else:
            turn = await self._conversations.complete_first_turn(
                call.workspace, call.id, sent.occurred_at, sent.agent_id, call.principal.cause()
            )
        now = figures(self._metering.check(call.workspace, "conversation"))
        body = bodies.FirstTurnCounted(call.id, turn.status, turn.late, turn.month, *now)
        return json_answer(body, 200, turn.position)

    async def release_conversation(self, call: Call) -> Response:
        """Give the held unit back. A conversation that is counted stays counted."""
        answer = await self._conversations.release(call.workspace, call.id, call.principal.cause())
        outcome = cast("bodies.ReleaseOutcome", answer.outcome)
        check = self._metering.check(call.workspace, "conversation")
        return json_answer(bodies.Released(call.id, outcome, *figures(check)), 200, answer.head)
