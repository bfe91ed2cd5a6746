"""The OpenAPI document's part on refusals, which are alike for all routes."""

from __future__ import annotations

from collections.abc import Iterator
from http import HTTPStatus
from typing import Any

from kernel.text import LINE

METHODS = frozenset({"get", "post", "put", "patch", "delete"})
ERROR: dict[str, Any] = {
    "title": "Error",
    "type": "object",
    "required": ["error"],
    "properties": {
        "error": {
            "type": "object",
            "required": ["code", "message"],
            "properties": {
                "code": {"type": "string", "description": "Stable; see the list of codes."},
                "message": {"type": "string"},
                "details": {"type": "object"},
            },
        }
    },
}
CONTENT = {"application/json": {"schema": {"$ref": "#/components/schemas/Error"}}}
PROBES = frozenset({"/healthz", "/readyz"})
# What any request may meet: in its address and headers, by its rate, through our fault.
ALWAYS = (400, 422, 429, 431, 500, 503)
OF_CALLERS = (401, 403)
OF_PATHS = (404,)
OF_BODIES = (408, 413)
OF_COMMANDS = (404, 409, 502)
OF_WAITING = (409, 504)
BOUNDED = frozenset({"pattern", "enum", "const", "format"})
REPLACED = ("HTTPValidationError", "ValidationError")


def with_refusals(document: dict[str, Any]) -> dict[str, Any]:
    """The same document; a refusal that a route describes itself keeps its description."""
    schemas = document.setdefault("components", {}).setdefault("schemas", {})
    for name in REPLACED:
        schemas.pop(name, None)
    schemas["Error"] = ERROR
    for path, item in document["paths"].items():
        for method in METHODS & item.keys():
            _describe(path, method, item[method])
    return document


def _describe(path: str, method: str, operation: dict[str, Any]) -> None:
    responses = operation.setdefault("responses", {})
    for status in _statuses(path, method, operation):
        described = responses.get(str(status), {}).get("description")
        if described is None or status == HTTPStatus.UNPROCESSABLE_ENTITY:
            described = HTTPStatus(status).phrase
        responses.setdefault(str(status), {})["description"] = described
        if status != HTTPStatus.SERVICE_UNAVAILABLE or path not in PROBES:
            responses[str(status)].setdefault("content", CONTENT)
    responses["422"]["content"] = CONTENT
    for parameter in operation.get("parameters", []):
        _bound(parameter.get("schema", {}))


def _statuses(path: str, method: str, operation: dict[str, Any]) -> Iterator[int]:
    names = {parameter["name"] for parameter in operation.get("parameters", [])}
    yield from ALWAYS
    if "security" in operation:
        yield from OF_CALLERS
    if "{" in path:
        yield from OF_PATHS
    if "requestBody" in operation or path.startswith("/webhooks/"):
        yield from OF_BODIES
    if method != "get":
        yield from OF_COMMANDS
    if "after" in names:
        yield from OF_WAITING


def _bound(schema: dict[str, Any]) -> None:
    """Text without a pattern of its own has that of all addresses."""
    for each in (schema, *schema.get("anyOf", [])):
        if each.get("type") == "string" and BOUNDED.isdisjoint(each):
            each["pattern"] = LINE
