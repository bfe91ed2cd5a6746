"""429: the answer of a quota that has no room."""

from __future__ import annotations

from starlette.responses import Response

from runtime.web.direct import Call
from services.metering.application.decisions import Decisions
from services.metering.application.metering import Check, Metering
from services.metering.application.months import number_of
from services.metering.application.releases import Releases
from services.metering.domain.refusal import is_full_of_reservations, quota_refusal
from services.metering.http.answers import quota_refused


class Refusals:
    def __init__(self, metering: Metering, decisions: Decisions, releases: Releases) -> None:
        self._metering = metering
        self._decisions = decisions
        self._releases = releases

    async def answer(self, call: Call, check: Check, position: int | None = None) -> Response:
        """`position` is given by commands: where the log stood when the database refused."""
        now, release = self._metering.clock(), None
        if is_full_of_reservations(check.limit, check.usage):
            release = await self._releases.next(call.workspace, number_of(check.month))
        return quota_refused(
            quota_refusal(check.metric, check.limit, check.usage, check.month, now, release),
            now,
            self._decisions.identifier(call.workspace, check, position or check.position),
            as_stream=check.metric == "message" and "text/event-stream" in call.accept,
            position=position,
        )
