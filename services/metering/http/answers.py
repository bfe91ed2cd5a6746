"""Answers of the hot paths, built with as little as HTTP needs."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime
from functools import lru_cache
from typing import Any

import msgspec
from starlette.responses import Response

from kernel.clock import rfc3339
from kernel.month import Month
from services.metering.application.metering import Check
from services.metering.domain.quota import remaining
from services.metering.domain.refusal import QuotaRefusal

encode: Callable[[object], bytes] = msgspec.json.Encoder().encode
JSON = (b"content-type", b"application/json")
_SSE = (b"content-type", b"text/event-stream")


class Answer(Response):
    """A response whose headers are given as they are sent."""

    def __init__(self, status: int, body: bytes, headers: list[tuple[bytes, bytes]]) -> None:
        self.status_code = status
        self.background = None
        self.body = body
        self.raw_headers = [(b"content-length", b"%d" % len(body)), *headers]


def json_answer(body: object, status: int = 200, position: int | None = None) -> Answer:
    """`position` in metering's log is told by commands."""
    return Answer(status, encode(body), [JSON, *_position(position)])


def figures(check: Check) -> tuple[int, int | None, int | None]:
    """Used, limit and remaining, as bodies end with them."""
    return check.usage.used, check.limit, remaining(check.limit, check.usage)


def quota_refused(
    refusal: QuotaRefusal,
    now: datetime,
    decision_id: str,
    *,
    as_stream: bool,
    position: int | None = None,
) -> Answer:
    """429; as one SSE frame a host can pass it on into its stream."""
    body = _refusal(refusal)
    if as_stream:
        body = b"event: error\ndata: " + body + b"\n\n"
    headers = [_SSE if as_stream else JSON, (b"x-decision-id", decision_id.encode())]
    if refusal.retry_at is not None:
        seconds = max(1, -(-(refusal.retry_at - now).total_seconds() // 1))
        headers.append((b"retry-after", b"%d" % seconds))
    return Answer(429, body, headers + _position(position))


def _refusal(refusal: QuotaRefusal) -> bytes:
    """Without details the exact text of the public contract, spaces included."""
    error: dict[str, Any] = {"code": refusal.code, "message": refusal.message}
    if refusal.details:
        error["details"] = refusal.details
    return json.dumps({"error": error}, ensure_ascii=False).encode()


def _position(position: int | None) -> list[tuple[bytes, bytes]]:
    return [] if position is None else [(b"x-event-position", b"metering:%d" % position)]


@lru_cache(maxsize=4)
def resets_at(month: Month) -> str:
    return rfc3339(month.end)
