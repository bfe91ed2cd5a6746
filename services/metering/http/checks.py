"""Questions on the hot path, answered from memory."""

from __future__ import annotations

from starlette.responses import Response

from runtime.web.auth import READING_ROLES
from runtime.web.direct import Call
from services.metering.application.metering import Metering
from services.metering.domain.errors import MessageQuotaExceeded, PlanLimitReached
from services.metering.domain.quota import Metric
from services.metering.http import bodies
from services.metering.http.answers import figures, json_answer, resets_at
from services.metering.http.direct import DirectRouter
from services.metering.http.entitled import Entitlements
from services.metering.http.entitlements import EntitlementsOf
from services.metering.http.refusals import Refusals


class Checks:
    def __init__(
        self, metering: Metering, refusals: Refusals, entitlements: EntitlementsOf
    ) -> None:
        self._metering = metering
        self._refusals = refusals
        self._entitlements = entitlements

    def add_to(self, router: DirectRouter) -> None:
        router.add(
            "GET",
            "/workspaces/{ws}/can-start-conversation",
            self.check_conversation_quota,
            answers={200: bodies.Allowed},
            refuses=[PlanLimitReached],
        )
        router.add(
            "GET",
            "/workspaces/{ws}/can-send-message",
            self.check_message_quota,
            answers={200: bodies.Allowed},
            refuses=[MessageQuotaExceeded],
        )
        router.add(
            "GET",
            "/workspaces/{ws}/entitlements",
            self.show_entitlements,
            answers={200: Entitlements},
            roles=READING_ROLES,
        )

    async def check_conversation_quota(self, call: Call) -> Response:
        """May a new conversation start? Ask at every widget's start; nothing is recorded.
        Conversations that run, and human takeovers, are never gated."""
        return await self._check(call, "conversation")

    async def check_message_quota(self, call: Call) -> Response:
        """May a message be sent? Nothing is recorded. Who accepts `text/event-stream` gets a
        refusal as one frame, to be passed on into its own stream."""
        return await self._check(call, "message")

    async def show_entitlements(self, call: Call) -> Response:
        """All that the workspace may do now. Its plan, features, limits, and of each meter what is
        used, reserved and left."""
        return json_answer(await self._entitlements.of(call.workspace))

    async def _check(self, call: Call, metric: Metric) -> Response:
        check = self._metering.check(call.workspace, metric)
        if not check.allowed:
            return await self._refusals.answer(call, check)
        return json_answer(bodies.Allowed(True, *figures(check), resets_at(check.month)))
