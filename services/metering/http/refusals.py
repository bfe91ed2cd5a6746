"""429: the exact answer of a quota that is used up."""

from __future__ import annotations

from starlette.responses import Response

from runtime.web.direct import Call
from services.metering.application.decisions import Decisions
from services.metering.application.metering import Check, Metering
from services.metering.http.answers import quota_refused


class Refusals:
    def __init__(self, metering: Metering, decisions: Decisions) -> None:
        self._metering = metering
        self._decisions = decisions

    def answer(self, call: Call, check: Check, position: int | None = None) -> Response:
        """`position` is given by commands: where the log stood when the database refused."""
        return quota_refused(
            check.metric,
            check.month,
            self._metering.clock(),
            self._decisions.identifier(call.workspace, check, position or check.position),
            as_stream=check.metric == "message" and "text/event-stream" in call.accept,
            position=position,
        )
