"""Direct routes in the OpenAPI document, from the types that decode and encode their bodies."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

import msgspec

from kernel.errors import DomainError
from kernel.text import LINE
from runtime.readmodels.read_your_writes import POSITION
from runtime.web.openapi.document import SCHEMAS
from runtime.web.openapi.refusals import commands
from services.metering.domain.errors import MessageQuotaExceeded, PlanLimitReached, QuotaExceeded

Answers = Mapping[int, type]
JSON = "application/json"
_PARAMETER = re.compile(r"{(\w+)(?::\w+)?}")
_NAMES = {
    "ws": ("The workspace's id.", "acme"),
    "id": ("The caller's own id.", "conversation-1"),
}
_AFTER = {
    "name": "after",
    "in": "query",
    "required": False,
    "description": "An `X-Event-Position` to wait for: the answer shows what was done there.",
    "schema": {
        "type": "string",
        "pattern": POSITION,
        "examples": ["billing:42"],
        "x-services": ["billing", "metering"],
    },
}
_REFERENCE = "#/components/schemas/{name}"
_QUOTA_HEADERS = {
    name: {"$ref": f"#/components/headers/{name}"}
    for name in ("Retry-After", "X-Decision-Id", "X-Event-Position")
}
_FRAME = (
    f'event: error\ndata: {{"error": {{"code": "{MessageQuotaExceeded.code}", '
    f'"message": "{MessageQuotaExceeded.message}"}}}}\n\n'
)
_STREAM = {"text/event-stream": {"schema": {"type": "string"}, "example": _FRAME}}


def of_a_direct_route(
    method: str, path: str, roles: Iterable[str], bodies: Iterable[type]
) -> dict[str, Any]:
    """`bodies` are all that it takes or answers."""
    _, schemas = msgspec.json.schema_components(set(bodies), ref_template=_REFERENCE)
    is_command = method != "GET"
    return {
        "parameters": [
            *(_parameter(*_NAMES[name], name) for name in _PARAMETER.findall(path)),
            *([] if is_command else [_AFTER]),
        ],
        "security": [{"bearer": list(roles)}],
        SCHEMAS: schemas,
        **(commands(keys=method == "POST", races=False) if is_command else {}),
    }


def request_body(kind: type | None, *, required: bool) -> dict[str, Any]:
    if kind is None:
        return {}
    return {"requestBody": {"required": required, "content": _content(kind)}}


def responses(answers: Answers) -> dict[int | str, dict[str, Any]]:
    return {
        status: {"description": "", "content": _content(kind)} for status, kind in answers.items()
    }


def quota_refusals(refused: Iterable[type[DomainError]]) -> dict[int | str, dict[str, Any]]:
    """What the answer of a quota that is used up has besides its body."""
    if MessageQuotaExceeded in refused:
        return {429: {"headers": _QUOTA_HEADERS, "content": _STREAM}}
    return (
        {429: {"headers": _QUOTA_HEADERS}}
        if {PlanLimitReached, QuotaExceeded} & set(refused)
        else {}
    )


def _content(kind: type) -> dict[str, Any]:
    return {JSON: {"schema": {"$ref": _REFERENCE.format(name=kind.__name__)}}}


def _parameter(description: str, example: str, name: str) -> dict[str, Any]:
    return {
        "name": name,
        "in": "path",
        "required": True,
        "description": description,
        "schema": {"type": "string", "pattern": LINE},
        "example": example,
    }
