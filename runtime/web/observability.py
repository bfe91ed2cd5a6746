"""Logs, request ids and metrics: one line a request."""

from __future__ import annotations

import logging
import re
import sys
import time
from typing import Any

import structlog
from prometheus_client import Counter, Histogram
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from kernel.ids import new_id
from runtime.eventstore.command import begin_trace
from runtime.web.errors import internal_error

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


class RequestLog:
    """ASGI middleware: gives every request an id (the caller's `X-Request-Id` when well formed),
    answers it back, logs one line and counts. What goes wrong unforeseen is answered as
    `internal_error`, unless an answer has begun. `quiet` paths are counted but not logged when they
    succeed, so that a hot path costs no line."""

    def __init__(self, app: ASGIApp, quiet: tuple[str, ...] = ()) -> None:
        self.app = app
        self.quiet = quiet

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        given = dict(scope["headers"]).get(b"x-request-id", b"").decode("latin-1")
        trace = begin_trace(given if REQUEST_ID.fullmatch(given) else new_id("req"))
        started = time.perf_counter()
        status = 0

        async def answer(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                headers = [*message.get("headers", ()), _request_id_header(trace.request_id)]
                message = {**message, "headers": headers}
            await send(message)

        try:
            await self.app(scope, receive, answer)
        except Exception:
            log.exception("unexpected_error", request_id=trace.request_id, path=scope["path"])
            if status:
                raise
            await internal_error()(scope, receive, answer)
        finally:
            self._record(scope, status or 500, time.perf_counter() - started, trace.request_id)

    def _record(self, scope: Scope, status: int, seconds: float, request_id: str) -> None:
        route = getattr(scope.get("route"), "path", "unknown")
        REQUESTS.labels(scope["method"], route, status).inc()
        SECONDS.labels(route).observe(seconds)
        if status < 400 and scope["path"].startswith(self.quiet):
            return
        log.info(
            "request",
            request_id=request_id,
            method=scope["method"],
            path=scope["path"],
            workspace=scope.get("path_params", {}).get("ws", ""),
            status=status,
            milliseconds=round(seconds * 1000, 1),
        )


def _request_id_header(request_id: str) -> tuple[bytes, bytes]:
    return (b"x-request-id", request_id.encode("latin-1"))
