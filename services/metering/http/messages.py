"""Recording usage: 2xx means durably stored."""

from __future__ import annotations

from starlette.responses import Response

from runtime.web.direct import Call
from services.metering.application.metering import Metering
from services.metering.application.reported import told_apart
from services.metering.domain.errors import (
    MessageQuotaExceeded,
    WorkspaceUnknown,
)
from services.metering.http import bodies
from services.metering.http.answers import figures, json_answer
from services.metering.http.batches import UsageReport, read_events
from services.metering.http.direct import DirectRouter
from services.metering.http.refusals import Refusals


class MessageRoutes:
    def __init__(self, metering: Metering, refusals: Refusals) -> None:
        self._metering = metering
        self._refusals = refusals

    def add_to(self, router: DirectRouter) -> None:
        router.add(
            "POST",
            "/events",
            self.report_usage,
            body=UsageReport,
            answers={200: bodies.UsageResults},
        )
        router.add(
            "POST",
            "/workspaces/{ws}/messages",
            self.record_message,
            body=bodies.Message,
            answers=dict.fromkeys((200, 201), bodies.Counted),
            refuses=[MessageQuotaExceeded, WorkspaceUnknown],
        )

    async def report_usage(self, call: Call) -> Response:
        """Report usage that happened. It is never refused for a quota. Each event is answered by
        itself; those that are refused say why, the others are stored."""
        events = read_events(await call.body())
        results, position = await self._metering.record_usage(events, call.principal.cause())
        return json_answer(bodies.UsageResults(results), 200, position)

    async def record_message(self, call: Call) -> Response:
        """Check the quota and record a message, in one step. Of many at once exactly as many pass
        as are left; in a human takeover all do. 200 when this id was counted before."""
        sent = bodies.read(await call.body(), bodies.Message)
        if sent.is_playground:
            return self._counted(call, sent.id, "ignored", self._metering.position)
        recorded = await self._metering.record_message(
            *(call.workspace, sent.id, sent.occurred_at),
            told_apart(sent.agent_id, sent.conversation_id, human_takeover=sent.human_takeover),
            call.principal.cause(),
            exact=not sent.human_takeover,
        )
        if recorded.status == "refused":
            check = self._metering.check(call.workspace, "message", recorded.month)
            return await self._refusals.answer(call, check, recorded.position)
        return self._counted(call, sent.id, recorded.status, recorded.position)

    def _counted(
        self, call: Call, usage_id: str, status: bodies.Outcome, position: int
    ) -> Response:
        now = self._metering.check(call.workspace, "message")
        body = bodies.Counted(usage_id, status, *figures(now))
        return json_answer(body, 201 if status == "inserted" else 200, position)
