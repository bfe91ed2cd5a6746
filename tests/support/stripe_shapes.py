"""Objects of the documented shape: empty ones to start from, and what is wrong with an answer."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from tests.support.stripe_openapi import Json, Schema, document

Record = dict[str, Any]

_TYPES: dict[str, tuple[type, ...]] = {
    "string": (str,),
    "integer": (int,),
    "number": (int, float),
    "boolean": (bool,),
    "array": (list,),
    "object": (dict,),
}


def blank(name: str) -> Record:
    """The emptiest object that the document allows: null where it may be, absent where optional."""
    made: Record = _empty(document()["components"]["schemas"][name])
    return made


def faults(value: Json, name: str) -> list[str]:
    """Where an object departs from the document."""
    return list(_faults(value, document()["components"]["schemas"][name], name))


def _resolved(schema: Schema) -> Schema:
    if "$ref" not in schema:
        return schema
    found: Schema = document()["components"]["schemas"][schema["$ref"].rsplit("/", 1)[1]]
    return found


def _empty(schema: Schema) -> Json:
    schema = _resolved(schema)
    if "anyOf" in schema:
        return _empty(schema["anyOf"][0])
    if "enum" in schema:
        return schema["enum"][0]
    if schema.get("type") != "object":
        empty = {"array": [], "string": "", "boolean": False, "integer": 0, "number": 0}
        return empty[schema["type"]]
    required = schema.get("required", ())
    return {
        name: None if each.get("nullable") else _empty(each)
        for name, each in schema.get("properties", {}).items()
        if each.get("nullable") or name in required
    }


def _faults(value: Json, schema: Schema, path: str) -> Iterator[str]:
    if value is None and schema.get("nullable"):
        return
    schema = _resolved(schema)
    if "anyOf" in schema:
        tried = [list(_faults(value, each, path)) for each in schema["anyOf"]]
        yield from min(tried, key=len)
    elif "enum" in schema and value not in schema["enum"]:
        yield f"{path} is {value!r}"
    elif not isinstance(value, _TYPES[schema.get("type", "object")]):
        yield f"{path} is a {type(value).__name__}"
    elif isinstance(value, list):
        for index, each in enumerate(value):
            yield from _faults(each, schema["items"], f"{path}[{index}]")
    elif isinstance(value, dict):
        yield from _object_faults(value, schema, path)


def _object_faults(value: Mapping[str, Json], schema: Schema, path: str) -> Iterator[str]:
    named = schema.get("properties", {})
    for missing in set(schema.get("required", ())) - set(value):
        yield f"{path}.{missing} is missing"
    for name, each in value.items():
        if name in named:
            yield from _faults(each, named[name], f"{path}.{name}")
        elif named and not schema.get("additionalProperties"):
            yield f"{path}.{name} is unknown"
