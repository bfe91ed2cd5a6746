"""Questions on the hot path, answered from memory."""

from __future__ import annotations

from starlette.responses import Response

from runtime.web.direct import Call
from services.metering.application.metering import Check, Metering
from services.metering.domain.quota import Metric, remaining
from services.metering.http import bodies
from services.metering.http.answers import json_answer, resets_at
from services.metering.http.direct import DirectRouter
from services.metering.http.refusals import Refusals


class Checks:
    def __init__(self, metering: Metering, refusals: Refusals) -> None:
        self._metering = metering
        self._refusals = refusals

    def add_to(self, router: DirectRouter) -> None:
        router.add(
            "GET",
            "/workspaces/{ws}/can-start-conversation",
            self.can_start,
            summary="May a new conversation start?",
            answers={200: bodies.Allowed, 429: "The monthly conversation limit is reached."},
        )
        router.add(
            "GET",
            "/workspaces/{ws}/can-send-message",
            self.can_send,
            summary="May a message be sent?",
            answers={200: bodies.Allowed, 429: "The monthly message limit is reached."},
        )
        router.add(
            "GET",
            "/workspaces/{ws}/entitlements",
            self.entitlements,
            summary="All that the workspace may do now",
            answers={200: bodies.Entitlements},
        )

    async def can_start(self, call: Call) -> Response:
        return self._check(call, "conversation")

    async def can_send(self, call: Call) -> Response:
        return self._check(call, "message")

    async def entitlements(self, call: Call) -> Response:
        workspace = call.workspace
        return json_answer(
            _entitlements(
                workspace,
                self._metering.check(workspace, "conversation"),
                self._metering.check(workspace, "message"),
            )
        )

    def _check(self, call: Call, metric: Metric) -> Response:
        check = self._metering.check(call.workspace, metric)
        if not check.allowed:
            return self._refusals.answer(call, check)
        return json_answer(
            bodies.Allowed(
                True,
                check.usage.used,
                check.limit,
                remaining(check.limit, check.usage),
                resets_at(check.month),
            )
        )


def _entitlements(workspace: str, conversation: Check, message: Check) -> bodies.Entitlements:
    plan, month = conversation.plan, conversation.month
    return bodies.Entitlements(
        workspace_id=workspace,
        plan=plan.slug or None,
        limits={**plan.limits, "conversations": conversation.limit, "messages": message.limit},
        used=bodies.UnitFigures(conversation.usage.used, message.usage.used),
        held=bodies.UnitFigures(conversation.usage.held, message.usage.held),
        remaining=bodies.RemainingUnits(
            remaining(conversation.limit, conversation.usage),
            remaining(message.limit, message.usage),
        ),
        can_start_conversation=conversation.allowed,
        can_send_message=message.allowed,
        max_tokens=plan.max_tokens,
        removes_branding=plan.remove_branding,
        period=str(month),
        resets_at=resets_at(month),
    )
