"""One envelope for all errors, and what every list has in common."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Annotated, Any

from fastapi import FastAPI, Query, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from kernel.errors import DomainError, Kind
from kernel.text import printable

STATUS: Mapping[Kind, int] = {
    "malformed": 400,
    "unauthenticated": 401,
    "payment_required": 402,
    "forbidden": 403,
    "not_found": 404,
    "too_slow": 408,
    "conflict": 409,
    "too_large": 413,
    "unsupported": 415,
    "invalid": 422,
    "limit_reached": 429,
    "internal": 500,
    "upstream": 502,
    "unavailable": 503,
    "timeout": 504,
}
FRAMEWORK_CODES = {404: "not_found", 405: "method_not_allowed", 400: "malformed_request"}
# Of every list.
Limit = Annotated[int, Query(ge=1, le=500, description="How many at most.")]
# Of a list that shows the newest first: a position, empty for the first page.
Before = Annotated[
    str, Query(alias="cursor", pattern=r"^[0-9]{0,18}$", description="`next` of the page before.")
]


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
        {
            "field": printable(".".join(str(part) for part in item["loc"])),
            "message": printable(item["msg"]),
        }
        for item in error.errors()
    ]
    body = error_body("validation_failed", "The request is not valid.", {"fields": details})
    return JSONResponse(body, 422)


async def _framework_error(_: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)  # noqa: S101 - registered for nothing else
    code = FRAMEWORK_CODES.get(error.status_code, f"http_{error.status_code}")
    return JSONResponse(error_body(code, str(error.detail)), error.status_code, error.headers)


def internal_error() -> Response:
    """Nothing of the inside is told."""
    return JSONResponse(error_body("internal_error", "Something went wrong on our side."), 500)


def handle_errors(app: FastAPI) -> None:
    """Every refusal leaves in the one envelope. For what nobody foresaw see `RequestLog`."""
    app.add_exception_handler(DomainError, _domain_error)
    app.add_exception_handler(RequestValidationError, _validation_error)
    app.add_exception_handler(HTTPException, _framework_error)


def page(rows: Sequence[Any], limit: int, cursor_of: Callable[[Any], str]) -> dict[str, Any]:
    """A list answer from `limit` + 1 fetched rows: the extra one only proves there is more."""
    shown = list(rows[:limit])
    return {"data": shown, "next": cursor_of(shown[-1]) if len(rows) > limit else None}
