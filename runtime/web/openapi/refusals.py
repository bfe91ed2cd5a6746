"""What an operation may refuse: its own errors, and those of everything that it passes through."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from http import HTTPStatus
from typing import Any, NamedTuple

from kernel.errors import (
    Conflict,
    DomainError,
    Forbidden,
    NotFound,
    RateLimited,
    Unauthenticated,
    Unavailable,
    ValidationFailed,
)
from runtime.web.encodings import MalformedEncoding, UnsupportedEncoding
from runtime.web.errors import STATUS, error_body
from runtime.web.idempotency import IdempotencyKeyReused, RequestInProgress
from runtime.web.key_set import KeysUnavailable
from runtime.web.limits import MalformedHeader, PayloadTooLarge, RequestTooSlow

REFUSALS = "x-refusals"
COMMAND = "x-command"
JSON = "application/json"
PROBES = frozenset({"/healthz", "/readyz"})
ERROR: dict[str, Any] = {
    "title": "Error",
    "description": "Every refusal. An operation says which codes it has.",
    "type": "object",
    "required": ["error"],
    "properties": {
        "error": {
            "description": "What was refused, and why.",
            "type": "object",
            "required": ["code", "message"],
            "properties": {
                "code": {
                    "type": "string",
                    "description": "Stable: what programs decide by.",
                    "examples": [NotFound.code],
                },
                "message": {
                    "type": "string",
                    "description": "For people; it may change.",
                    "examples": [NotFound.message],
                },
                "details": {
                    "type": "object",
                    "description": "Facts of this code, such as `fields` that are not valid.",
                    "additionalProperties": True,
                    "examples": [{"retry_after": 1}],
                },
            },
        }
    },
}


class Refusal(NamedTuple):
    """Of an error whose class is out of reach: the framework's, or another part's."""

    status: int
    code: str
    message: str


def refuses(*errors: type[DomainError] | Refusal) -> dict[str, Any]:
    """For a route's `openapi_extra`: what it raises itself."""
    return {
        REFUSALS: [
            (error if isinstance(error, Refusal) else _of(error))._asdict() for error in errors
        ]
    }


def commands(*, keys: bool, races: bool = True, position: bool = True) -> dict[str, Any]:
    """For a command's `openapi_extra`. `keys`: it honours `Idempotency-Key`; `races`: it may lose
    one; `position`: it answers with that of its event."""
    return {COMMAND: {"keys": keys, "races": races, "position": position}}


def _of(error: type[DomainError]) -> Refusal:
    return Refusal(STATUS[error.kind], error.code, error.message)


# What any request may meet: in its address and headers, by its rate, through our fault.
ALWAYS = (
    _of(MalformedHeader),
    Refusal(400, "malformed_request", "The request could not be parsed."),
    _of(ValidationFailed),
    _of(RateLimited),
    Refusal(431, "headers_too_large", "Address and headers are larger than 32 KiB."),
    Refusal(500, "internal_error", "Something went wrong on our side."),
    _of(Unavailable),
)
OF_TOKENS = (_of(Unauthenticated), _of(KeysUnavailable))
OF_RULES = (_of(Forbidden),)
OF_PATHS = (_of(NotFound),)
OF_BODIES = tuple(
    map(_of, (RequestTooSlow, PayloadTooLarge, UnsupportedEncoding, MalformedEncoding))
)
OF_COMMANDS = (_of(Conflict),)
OF_KEYS = (_of(IdempotencyKeyReused), _of(RequestInProgress))
OF_WAITING = (
    Refusal(409, "position_unknown", "The service's log has no such position."),
    Refusal(504, "projection_behind", "The read model has not caught up with that position yet."),
)


class Refusals:
    """Writes them into operations. Those that many have alike stand in the components once."""

    def __init__(self, components: dict[str, Any]) -> None:
        components.setdefault("schemas", {})["Error"] = ERROR
        self._shared: dict[str, Any] = components.setdefault("responses", {})
        self._names: dict[tuple[int, tuple[str, ...]], str] = {}

    def describe(self, path: str, operation: dict[str, Any], command: Mapping[str, Any]) -> None:
        found: dict[int, dict[str, str]] = defaultdict(dict)
        own = [Refusal(**each) for each in operation.pop(REFUSALS, [])]
        for each in (*own, *_passed(path, operation, command)):
            found[each.status].setdefault(each.code, each.message)
        if path in PROBES:
            del found[503]
        for status, codes in sorted(found.items()):
            self._add(operation, status, codes, is_own=any(e.status == status for e in own))

    def _add(
        self, operation: dict[str, Any], status: int, codes: Mapping[str, str], *, is_own: bool
    ) -> None:
        written = operation["responses"].get(str(status), {})
        made = _response(status, codes)
        if written and status != HTTPStatus.UNPROCESSABLE_ENTITY:
            made["content"] = {**written.get("content", {}), **made["content"]}
            made["headers"] = {**made.get("headers", {}), **written.get("headers", {})}
        elif not is_own:
            made = self._reference(status, codes, made)
        operation["responses"][str(status)] = made

    def _reference(
        self, status: int, codes: Mapping[str, str], made: dict[str, Any]
    ) -> dict[str, Any]:
        key = (status, tuple(sorted(codes)))
        phrase = HTTPStatus(status).phrase.replace(" ", "")
        name = self._names.setdefault(
            key, phrase if phrase not in self._shared else f"{phrase}{len(self._names)}"
        )
        self._shared.setdefault(name, made)
        return {"$ref": f"#/components/responses/{name}"}


def _passed(
    path: str, operation: Mapping[str, Any], command: Mapping[str, Any]
) -> Iterator[Refusal]:
    names = {parameter["name"] for parameter in operation.get("parameters", [])}
    yield from ALWAYS
    if "security" in operation:
        yield from OF_TOKENS
    if operation.get("security", [{}])[0]:
        yield from OF_RULES
    if "{" in path:
        yield from OF_PATHS
    if "requestBody" in operation:
        yield from OF_BODIES
    if command.get("races"):
        yield from OF_COMMANDS
    if "Idempotency-Key" in names:
        yield from OF_KEYS
    if "after" in names:
        yield from OF_WAITING


def _response(status: int, codes: Mapping[str, str]) -> dict[str, Any]:
    schema = {
        "$ref": "#/components/schemas/Error",
        "properties": {"error": {"properties": {"code": {"enum": sorted(codes)}}}},
    }
    examples = {code: {"value": error_body(code, codes[code])} for code in sorted(codes)}
    return {
        "description": "\n".join(f"- `{code}`: {codes[code]}" for code in sorted(codes)),
        **_headers(status),
        "content": {JSON: {"schema": schema, "examples": examples}},
    }


def _headers(status: int) -> dict[str, Any]:
    name = {401: "WWW-Authenticate", 429: "Retry-After", 503: "Retry-After"}.get(status)
    return {"headers": {name: {"$ref": f"#/components/headers/{name}"}}} if name else {}
