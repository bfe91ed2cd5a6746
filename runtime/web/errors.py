"""HTTP for every part: one envelope for all errors, command positions, replayed answers."""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Mapping, Sequence
from typing import Annotated, Any

import structlog
from fastapi import APIRouter, FastAPI, Query, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from fastapi.routing import APIRoute
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException

from kernel.errors import DomainError, Kind
from runtime.eventstore.command import current_trace
from runtime.eventstore.store import EventStore
from runtime.web.idempotency import IdempotencyKeys

log = structlog.get_logger()

STATUS: Mapping[Kind, int] = {
    "malformed": 400,
    "unauthenticated": 401,
    "payment_required": 402,
    "forbidden": 403,
    "not_found": 404,
    "conflict": 409,
    "invalid": 422,
    "limit_reached": 429,
    "internal": 500,
    "upstream": 502,
    "unavailable": 503,
    "timeout": 504,
}
FRAMEWORK_CODES = {404: "not_found", 405: "method_not_allowed", 400: "malformed_request"}
# Of every list.
Limit = Annotated[int, Query(ge=1, le=500)]
# Of a list that shows the newest first: a position, empty for the first page.
Before = Annotated[
    str, Query(alias="cursor", pattern=r"^[0-9]{0,18}$", description="`next` of the page before.")
]
Handler = Callable[[Request], Coroutine[Any, Any, Response]]


def error_body(code: str, message: str, details: Any = None) -> dict[str, Any]:
    error: dict[str, Any] = {"code": code, "message": message}
    if details:
        error["details"] = details
    return {"error": error}


def error_response(error: DomainError) -> JSONResponse:
    headers = {}
    if error.kind == "unauthenticated":
        headers["WWW-Authenticate"] = "Bearer"
    if "retry_after" in error.details:
        headers["Retry-After"] = str(error.details["retry_after"])
    body = error_body(error.code, error.text, dict(error.details))
    return JSONResponse(body, STATUS[error.kind], headers)


async def _domain_error(_: Request, error: Exception) -> Response:
    assert isinstance(error, DomainError)  # noqa: S101 - registered for nothing else
    return error_response(error)


async def _validation_error(_: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)  # noqa: S101 - registered for nothing else
    details = [
        {"field": ".".join(str(part) for part in item["loc"]), "message": item["msg"]}
        for item in error.errors()
    ]
    body = error_body("validation_failed", "The request is not valid.", {"fields": details})
    return JSONResponse(body, 422)


async def _framework_error(_: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)  # noqa: S101 - registered for nothing else
    code = FRAMEWORK_CODES.get(error.status_code, f"http_{error.status_code}")
    return JSONResponse(error_body(code, str(error.detail)), error.status_code, error.headers)


async def _unexpected_error(request: Request, error: Exception) -> Response:
    log.error("unexpected_error", path=request.url.path, exc_info=error)
    return JSONResponse(error_body("internal_error", "Something went wrong on our side."), 500)


def handle_errors(app: FastAPI) -> None:
    """Every failure leaves in the one envelope."""
    app.add_exception_handler(DomainError, _domain_error)
    app.add_exception_handler(RequestValidationError, _validation_error)
    app.add_exception_handler(HTTPException, _framework_error)
    app.add_exception_handler(Exception, _unexpected_error)


def command_router(
    store: EventStore, keys: IdempotencyKeys | None = None, **options: Any
) -> APIRouter:
    """A router whose commands answer with `X-Event-Position: <service>:<n>`, and, given `keys`,
    honour `Idempotency-Key` on POST."""

    class CommandRoute(APIRoute):
        def get_route_handler(self) -> Handler:
            handler = _announcing(super().get_route_handler(), store)
            return keys.replaying(_answering_errors(handler)) if keys is not None else handler

    return APIRouter(route_class=CommandRoute, **options)


def _answering_errors(handler: Handler) -> Handler:
    """Turns refusals into answers, so that they can be kept like any other."""

    async def answer(request: Request) -> Response:
        try:
            return await handler(request)
        except DomainError as error:
            return error_response(error)

    return answer


def _announcing(handler: Handler, store: EventStore) -> Handler:
    async def announce(request: Request) -> Response:
        response = await handler(request)
        if request.method != "GET":
            trace = current_trace()
            position = trace.positions.get(store.service) if trace else None
            if position is None:
                position = await run_in_threadpool(store.head)
            response.headers["X-Event-Position"] = f"{store.service}:{position}"
        return response

    return announce


def page(rows: Sequence[Any], limit: int, cursor_of: Callable[[Any], str]) -> dict[str, Any]:
    """A list answer from `limit` + 1 fetched rows: the extra one only proves there is more."""
    shown = list(rows[:limit])
    return {"data": shown, "next": cursor_of(shown[-1]) if len(rows) > limit else None}
