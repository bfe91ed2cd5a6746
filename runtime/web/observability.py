"""Logs, request ids and metrics: one line a request."""

from __future__ import annotations

import logging
import re
import sys
import time
from typing import Any

import structlog
from prometheus_client import Counter, Histogram
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from kernel.errors import Unavailable
from kernel.ids import new_id
from runtime.eventstore.command import CommandTrace, begin_trace
from runtime.postgres.database import OUTAGES
from runtime.web.errors import error_response, internal_error

log = structlog.get_logger("http")
REQUEST_ID = re.compile(r"[A-Za-z0-9_.:-]{1,128}")
REQUESTS = Counter("http_requests_total", "Requests answered.", ["method", "route", "status"])
SECONDS = Histogram(
    "http_request_seconds",
    "Time to answer.",
    ["route"],
    buckets=(0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 5),
)


class _StandardError:
    """What stderr is when a line is written: a logger outlives whoever put another in its place."""

    def write(self, text: str) -> int:
        return sys.stderr.write(text)

    def flush(self) -> None:
        sys.stderr.flush()


def configure_logging(*, as_json: bool, level: int = logging.INFO) -> None:
    """Structured lines on stderr: JSON for machines, columns for people."""
    renderer: Any = (
        structlog.processors.JSONRenderer()
        if as_json
        else structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty())
    )
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            renderer,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.PrintLoggerFactory(_StandardError()),  # type: ignore[arg-type]
        cache_logger_on_first_use=True,
    )


class RequestRecords:
    """Counts every request, and logs a line of each. `quiet` paths are not logged when they
    succeed, so that a hot path costs no line."""

    def __init__(self, quiet: tuple[str, ...] = ()) -> None:
        self._quiet = quiet
        self._counted: dict[tuple[str, str, int], tuple[Counter, Histogram]] = {}

    @staticmethod
    def begin(given: bytes) -> CommandTrace:
        """The request's trace; its id is the caller's `X-Request-Id` when well formed."""
        name = given.decode("latin-1")
        return begin_trace(name if REQUEST_ID.fullmatch(name) else new_id("req"))

    def failed(self, error: Exception, scope: Scope, trace: CommandTrace) -> Response:
        """What is answered to what nobody foresaw, and while the database is away. Called while it
        is handled."""
        named = {"request_id": trace.request_id, "path": scope["path"]}
        if isinstance(error, OUTAGES):
            log.warning("database_unavailable", error=str(error).strip()[:200], **named)
            return error_response(Unavailable(retry_after=1))
        log.exception("unexpected_error", **named)
        return internal_error()

    def end(self, scope: Scope, trace: CommandTrace, status: int, seconds: float) -> None:
        requests, durations = self._metrics(scope, status)
        requests.inc()
        durations.observe(seconds)
        if status < 400 and scope["path"].startswith(self._quiet):
            return
        log.info(
            "request",
            request_id=trace.request_id,
            method=scope["method"],
            path=scope["path"],
            workspace=scope.get("path_params", {}).get("ws", ""),
            status=status,
            milliseconds=round(seconds * 1000, 1),
        )

    def _metrics(self, scope: Scope, status: int) -> tuple[Counter, Histogram]:
        """Looking a metric up by its labels costs more than counting."""
        method, route = scope["method"], getattr(scope.get("route"), "path", "unknown")
        found = self._counted.get((method, route, status))
        if found is None:
            found = REQUESTS.labels(method, route, status), SECONDS.labels(route)
            self._counted[method, route, status] = found
        return found


class RequestLog:
    """ASGI middleware: gives every request an id, answers it back, and records the request. What
    goes wrong unforeseen is answered as `internal_error`, and while the database is away as
    `unavailable`, unless an answer has begun."""

    def __init__(self, app: ASGIApp, records: RequestRecords) -> None:
        self.app = app
        self._records = records

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        trace = self._records.begin(dict(scope["headers"]).get(b"x-request-id", b""))
        started = time.perf_counter()
        status = 0

        async def answer(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                headers = [*message.get("headers", ()), request_id_header(trace)]
                message = {**message, "headers": headers}
            await send(message)

        try:
            await self.app(scope, receive, answer)
        except Exception as error:
            response = self._records.failed(error, scope, trace)
            if status:
                raise
            await response(scope, receive, answer)
        finally:
            self._records.end(scope, trace, status or 500, time.perf_counter() - started)


def request_id_header(trace: CommandTrace) -> tuple[bytes, bytes]:
    return (b"x-request-id", trace.request_id.encode("latin-1"))
