"""Odd requests for every route that the OpenAPI document names: addresses, bodies, headers, tokens.

Each is as good as the document lets one make it, but for one odd thing.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any

from tests.support.odd_inputs import (
    NEVER,
    ODD_BODIES,
    ODD_HEADERS,
    ODD_QUERIES,
    ODD_STRINGS,
    ODD_TEXT,
    ODD_VALUES,
)
from tests.support.rounds import part

METHODS = ("get", "post", "put", "patch", "delete")


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


def with_odd_parameters(operation: Operation, number: int) -> Iterator[Odd]:
    for place, parameter in enumerate(operation.parameters):
        name, where = parameter["name"], parameter["in"]
        if where == "header":
            yield Odd(operation.method, operation.path(), name, b"{}", {name.encode(): b"a\tb"})
        for odd in part(NEVER, number + place) if where != "header" else ():
            path = operation.path(name, odd)
            query = f"?{name}={odd}" if where == "query" else ""
            yield Odd(operation.method, f"{path}{query}", f"{odd} in {name}", b"{}")


def of_operation(document: Document, operation: Operation, number: int) -> Iterator[Odd]:
    """Each operation gets a part by its number."""
    plain = Odd(operation.method, operation.path(), "")
    for place, parameter in enumerate(operation.path_parameters):
        for odd in part(ODD_TEXT, number + place):
            path = operation.path(parameter, odd)
            yield replace(plain, path=path, what=f"{parameter}={odd[:20]}")
    for query in part(ODD_QUERIES, number):
        yield replace(plain, path=f"{plain.path}?{query}", what=query[:40])
    for headers in part(ODD_HEADERS, number):
        yield replace(plain, headers=headers, what=str(headers)[:60])
    if operation.method != "GET":
        for body in part(ODD_BODIES, number):
            yield replace(plain, body=body, what=repr(body[:30]))
        yield from _with_odd_values(document, operation, number)


def _with_odd_values(document: Document, operation: Operation, number: int) -> Iterator[Odd]:
    schema = operation.schema
    example = document.example(schema) if schema else None
    if not isinstance(example, dict):
        return
    for place, name in enumerate(example):
        text = json.dumps({**example, name: MARKER})
        for value in part(ODD_VALUES, number + place):
            body = text.replace(f'"{MARKER}"', value).encode()
            yield Odd(operation.method, operation.path(), f"{name}: {value[:20]}", body)
