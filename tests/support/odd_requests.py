"""Odd requests for every route that the OpenAPI document names: addresses, bodies, headers, tokens.

Each is as good as the document lets one make it, but for one odd thing.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any

METHODS = ("get", "post", "put", "patch", "delete")
# Percent-encoded as they go into a path or a query.
ODD_TEXT = (
    "%00",
    "a%00b",
    "%0a",
    "%09",
    "%1b[31m",
    "%7f",
    "%c2%85",
    "%ff",
    "%ed%a0%80",
    "%f0%9f%92%a9",
    "..%2f..%2fetc",
    "%27%3b--",
    "x" * 3_000,
    "-1",
    "0001-01",
    "9999-12",
    "0000-00",
    "99999999999999999999999",
    "NaN",
    "%E2%81%A6",
    "",
)
ODD_QUERIES = (
    *("after=billing:%00", "after=billing:99999999999999999999", "after=nobody:1", "after=:"),
    *("limit=NaN", "limit=1e3", "limit=-1", "limit=9999999999999999999999", "limit=%00"),
    *("cursor=%00", "cursor=%ff", "cursor=99999999999999999999", "cursor=0:%00", "cursor=e30"),
    *("cursor=W10", "cursor=bnVsbA", "cursor=W3siYmlsbGluZyI6IDFlOTk5fSwgbnVsbF0", "q=%00"),
    *("q=%25%5f%00", "period=0001-01", "period=9999-12", "period=%D9%A3%D9%A3%D9%A3%D9%A3-01"),
    *("at=0001-01-01T00:00:00Z", "at=9999-12-31T23:59:59-23:59", "at=1e400", "since=%00"),
    *("status=%00", "format=%00", "dry_run=%00", "dry_run=2", "%00=%00", "&&&==", "a" * 5_000),
    *("known_at=0001-01-01T00:00:00%2B23:59", "service=%00", "stream=%ed%a0%80", "until=-1"),
)
ODD_STRINGS = ("\\u0000", "a\\u0000b", "\\ud83d", "\\udc00x", "\\n", "\\u0085", "\\u007f", "")
ODD_BODIES = (
    *(b"", b"null", b"[]", b"{", b'"', b"NaN", b"Infinity", b"-0", b"1e999", b"\xff\xfe{\x00}\x00"),
    *(b"{}" * 3, b"\x00", b'{"a":1,"a":2}', b'{"\\u0000":1}', b'{"\\ud800":1}', b"\xed\xa0\x80"),
    *(b'{"a":"\xed\xa0\x80"}', b"[" * 60_000, b'{"a":' * 9_000, b"9" * 6_000, b"\xef\xbb\xbf{}"),
    *(b'{"x":' + b"9" * 6_000 + b"}", b'"' + b"\\" * 9_999, b"{" + b'"\\"' * 9_000),
)
ODD_VALUES = ("null", "1e999", "-1", "9" * 400, "1.5", "true", "[]", "{}", '[[[["x"]]]]', "NaN")
ODD_HEADERS: tuple[dict[bytes, bytes], ...] = (
    {b"Idempotency-Key": b"\x00"},
    {b"Idempotency-Key": b"\t"},
    {b"Idempotency-Key": b"a\tb"},
    {b"Idempotency-Key": b"\xc2\x85"},
    {b"Idempotency-Key": b"\xff"},
    {b"Idempotency-Key": b"k" * 300},
    {b"Idempotency-Key": b""},
    {b"X-Request-Id": b"\x00"},
    {b"X-Request-Id": b"\xff" * 200},
    {b"Content-Type": b"application/json; charset=utf-16"},
    {b"Content-Type": b"text/plain"},
    {b"Content-Type": b"application/\xff"},
    {b"Accept": b"text/event-stream\t"},
    {b"traceparent": b"00-\x00"},
    {b"PayPal-Cert-Url": b"https://api.paypal.com/\tx", b"PayPal-Transmission-Id": b"x"},
    {b"Stripe-Signature": b"t=99999999999999999999999,v1=\xff"},
    {b"X-Razorpay-Signature": b"\xff", b"X-Razorpay-Event-Id": b"\x00"},
    {b"Sandbox-Signature": b"t=NaN,v1="},
    {b"Content-Length": b"-1"},
    {b"Content-Length": b"9" * 30},
)
ODD_IN_CLAIMS: dict[str, tuple[Any, ...]] = {
    "sub": ("a\x00b", "\ud800", "", "\n", "x" * 5_000, "\x85", 7, None, []),
    "email": ("a\x00@b.c", "\udfff@b.c", 7, [], {}, "x" * 9_000, "\r\nBcc: x"),
    "name": ("a\x00b", "\ud83d", 1.5, {"a": 1}, "x" * 9_000, "\x1b[2J"),
    "roles": (7, "super_admin", [None], [["x"]], ["a\x00"], {"a": 1}, [1e999]),
    "workspaces": (
        *([], "acme", {"a\x00": "owner"}, {"\ud800": "owner"}, 7),
        *({"acme": None}, {"acme": ["owner"]}, {"acme": "ow\x00ner"}),
    ),
    "exp": (1e999, -1, "soon", None, [], 10**400, True, 1e18, "\x00"),
    "nbf": (1e999, "x", 10**400),
    "iat": (1e999, "x", 10**400),
    "aud": ("\x00", [1], {}, 7),
    "iss": ("\x00", 7, []),
}
ODD_CLAIMS: tuple[dict[str, Any], ...] = tuple(
    {claim: odd} for claim, several in ODD_IN_CLAIMS.items() for odd in several
)


@dataclass(frozen=True)
class Odd:
    """`what` names the odd thing."""

    method: str
    path: str
    what: str
    body: bytes | None = None
    headers: dict[bytes, bytes] = field(default_factory=dict)


@dataclass(frozen=True)
class Operation:
    method: str
    template: str
    description: dict[str, Any]

    def path(self, parameter: str = "", value: str = "") -> str:
        """Good values everywhere, but for one parameter."""

        def fill(match: re.Match[str]) -> str:
            name = match[1]
            return value if name == parameter else "acme" if name == "ws" else "sandbox"

        return re.sub(r"\{(\w+)\}", fill, self.template)

    @property
    def path_parameters(self) -> list[str]:
        return re.findall(r"\{(\w+)\}", self.template)

    @property
    def parameters(self) -> list[dict[str, Any]]:
        return list(self.description.get("parameters", []))

    @property
    def schema(self) -> dict[str, Any] | None:
        content = self.description.get("requestBody", {}).get("content", {})
        found: dict[str, Any] | None = content.get("application/json", {}).get("schema")
        return found


@dataclass(frozen=True)
class Document:
    body: dict[str, Any]

    def operations(self) -> Iterator[Operation]:
        for template, described in self.body["paths"].items():
            for method in METHODS:
                if method in described:
                    yield Operation(method.upper(), template, described[method])

    def resolved(self, schema: dict[str, Any]) -> dict[str, Any]:
        """Without references, and of alternatives the first that is not null."""
        if "$ref" in schema:
            name = schema["$ref"].rpartition("/")[2]
            return self.resolved(self.body["components"]["schemas"][name])
        for several in ("anyOf", "oneOf", "allOf"):
            if several in schema:
                chosen = [each for each in schema[several] if each.get("type") != "null"]
                return self.resolved(chosen[0])
        return schema

    def example(self, schema: dict[str, Any]) -> Any:
        """Something that has the schema's shape, with all its fields."""
        found = self.resolved(schema)
        if "const" in found:
            return found["const"]
        if "enum" in found:
            return found["enum"][0]
        kind = found.get("type")
        if kind == "object":
            return {name: self.example(each) for name, each in found.get("properties", {}).items()}
        if kind == "array":
            return [self.example(found.get("items", {}))]
        return {"integer": found.get("minimum", 1), "boolean": True, "number": 1}.get(
            str(kind), _text(found)
        )

    def strings(self, schema: dict[str, Any], at: tuple[str | int, ...] = ()) -> Iterator[Any]:
        """Where in an example a free text stands, with its schema."""
        found = self.resolved(schema)
        if found.get("type") == "object":
            for name, each in found.get("properties", {}).items():
                yield from self.strings(each, (*at, name))
        elif found.get("type") == "array":
            yield from self.strings(found.get("items", {}), (*at, 0))
        elif found.get("type") == "string" and not {"enum", "const"} & found.keys():
            yield at, found

    def texts(self, operation: Operation) -> Iterator[tuple[str, dict[str, Any]]]:
        """All strings that a caller may send, parameters too."""
        for parameter in operation.parameters:
            schema = self.resolved(parameter["schema"])
            if schema.get("type") == "string":
                yield f"{parameter['in']}.{parameter['name']}", schema
        if operation.schema is not None:
            for at, schema in self.strings(operation.schema):
                yield f"body.{'.'.join(str(part) for part in at)}", schema


def _text(schema: dict[str, Any]) -> str:
    if "examples" in schema:
        return str(schema["examples"][0])
    if schema.get("format") == "date-time":
        return "2026-01-01T00:00:00Z"
    pattern = schema.get("pattern", "")
    if "https?" in pattern:
        return "https://app.example.com"
    if "@" in pattern:
        return "ann@acme.example"
    return "USD" if pattern == "^[A-Z]{3}$" else "sandbox"


def put(example: Any, at: tuple[str | int, ...], marker: str) -> Any:
    """The example with something else there."""
    if not at:
        return marker
    if isinstance(example, list):
        return [put(example[0], at[1:], marker)]
    return {**example, str(at[0]): put(example[at[0]], at[1:], marker)}


MARKER = "<odd>"
# In no parameter whatever.
NEVER = ("%00", "a%00b", "a%0Ab", "a%09b", "%1b", "%7f", "%c2%85", "%ff", "%ed%a0%80")
SHARE = 3


def with_odd_text(document: Document, operation: Operation) -> Iterator[Odd]:
    """The body with each of its texts odd once; `what` ends with the text's place."""
    schema = operation.schema
    if schema is None:
        return
    example = document.example(schema)
    for at, _ in document.strings(schema):
        text = json.dumps(put(example, at, MARKER))
        for odd in ODD_STRINGS[:-1]:
            body = text.replace(MARKER, odd).encode()
            where = ".".join(str(part) for part in at)
            yield Odd(operation.method, operation.path(), f"{odd} in {where}", body)


def with_odd_parameters(operation: Operation) -> Iterator[Odd]:
    for parameter in operation.parameters:
        name, where = parameter["name"], parameter["in"]
        if where == "header":
            yield Odd(operation.method, operation.path(), name, b"{}", {name.encode(): b"a\tb"})
        for odd in NEVER if where != "header" else ():
            path = operation.path(name, odd)
            query = f"?{name}={odd}" if where == "query" else ""
            yield Odd(operation.method, f"{path}{query}", f"{odd} in {name}", b"{}")


def of_operation(document: Document, operation: Operation, number: int) -> Iterator[Odd]:
    """Of what does not depend on the operation, each one gets a part by its number."""
    plain = Odd(operation.method, operation.path(), "")
    for parameter in operation.path_parameters:
        for odd in ODD_TEXT:
            path = operation.path(parameter, odd)
            yield replace(plain, path=path, what=f"{parameter}={odd[:20]}")
    for query in ODD_QUERIES[number % SHARE :: SHARE]:
        yield replace(plain, path=f"{plain.path}?{query}", what=query[:40])
    for headers in ODD_HEADERS[number % SHARE :: SHARE]:
        yield replace(plain, headers=headers, what=str(headers)[:60])
    if operation.method != "GET":
        for body in ODD_BODIES[number % SHARE :: SHARE]:
            yield replace(plain, body=body, what=repr(body[:30]))
        yield from _with_odd_values(document, operation, plain)


def _with_odd_values(document: Document, operation: Operation, plain: Odd) -> Iterator[Odd]:
    schema = operation.schema
    example = document.example(schema) if schema else None
    if not isinstance(example, dict):
        return
    for name in example:
        text = json.dumps({**example, name: MARKER})
        for value in ODD_VALUES:
            body = text.replace(f'"{MARKER}"', value).encode()
            yield replace(plain, body=body, what=f"{name}: {value[:20]}")
