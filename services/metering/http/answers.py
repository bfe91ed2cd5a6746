"""Answers of the hot paths, built with as little as HTTP needs."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from functools import lru_cache

import msgspec
from starlette.responses import Response

from kernel.clock import rfc3339
from kernel.month import Month
from services.metering.domain.errors import MessageQuotaExceeded, PlanLimitReached
from services.metering.domain.quota import Metric

encode: Callable[[object], bytes] = msgspec.json.Encoder().encode
_JSON = (b"content-type", b"application/json")
_SSE = (b"content-type", b"text/event-stream")
_REFUSALS: dict[Metric, type[PlanLimitReached | MessageQuotaExceeded]] = {
    "conversation": PlanLimitReached,
    "message": MessageQuotaExceeded,
}
# The exact text of the public contract, spaces included.
_BODIES = {
    metric: (f'{{"error": {{"code": "{refusal.code}", "message": "{refusal.message}"}}}}'.encode())
    for metric, refusal in _REFUSALS.items()
}


class Answer(Response):
    """A response whose headers are given as they are sent."""

    def __init__(self, status: int, body: bytes, headers: list[tuple[bytes, bytes]]) -> None:
        self.status_code = status
        self.background = None
        self.body = body
        self.raw_headers = [(b"content-length", b"%d" % len(body)), *headers]


def json_answer(body: object, status: int = 200, position: int | None = None) -> Answer:
    """`position` in metering's log is told by commands."""
    return Answer(status, encode(body), [_JSON, *_position(position)])


def quota_refused(
    metric: Metric,
    month: Month,
    now: datetime,
    decision_id: str,
    *,
    as_stream: bool,
    position: int | None = None,
) -> Answer:
    """429 with the exact body; as one SSE frame a host can pass it on into its stream."""
    body = _BODIES[metric]
    if as_stream:
        body = b"event: error\ndata: " + body + b"\n\n"
    seconds = max(1, -(-(month.end - now).total_seconds() // 1))
    headers = [
        _SSE if as_stream else _JSON,
        (b"retry-after", b"%d" % seconds),
        (b"x-decision-id", decision_id.encode()),
    ]
    return Answer(429, body, headers + _position(position))


def _position(position: int | None) -> list[tuple[bytes, bytes]]:
    return [] if position is None else [(b"x-event-position", b"metering:%d" % position)]


@lru_cache(maxsize=4)
def resets_at(month: Month) -> str:
    return rfc3339(month.end)
