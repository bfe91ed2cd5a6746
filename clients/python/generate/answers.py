"""What a server answers may grow: enumerations take words that are not known yet, and a field that
may be null may also be missing."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping
from typing import Any

from generate.bare import bare
from generate.schemas import Schema, answer_schemas, named, operations

STRING: Schema = {"type": "string"}


def answers(document: Mapping[str, Any]) -> dict[str, Schema]:
    """By the names of the models, in alphabetical order."""
    answered = [
        schema
        for _, _, operation in operations(document)
        for schema in answer_schemas(operation).values()
    ]
    return {name: _tolerant(bare(schema)) for name, schema in named(document, answered).items()}


def _tolerant(schema: Any, *, is_property_list: bool = False) -> Any:
    if isinstance(schema, list):
        return [_tolerant(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    if is_property_list:
        return {name: _typed(name, _tolerant(each)) for name, each in schema.items()}
    if "enum" in schema:
        described = {k: v for k, v in schema.items() if k == "description"}
        return {**described, "anyOf": [{"enum": schema["enum"], "type": "string"}, STRING]}
    made = {
        key: _tolerant(value, is_property_list=key == "properties") for key, value in schema.items()
    }
    if "properties" in schema:
        made["required"] = [
            name for name in schema.get("required", []) if not _nullable(schema["properties"][name])
        ]
        made["description"] = "\n".join(textwrap.wrap(schema.get("description", ""), 90))
    return {key: value for key, value in made.items() if value not in ("", [])}


def _typed(name: str, schema: Schema) -> Schema:
    """Whatever happens `_at` some time is a time."""
    if not name.endswith("_at"):
        return schema
    if schema.get("type") == "string":
        return {**schema, "format": "date-time"}
    return {
        key: [_typed(name, each) for each in value] if key == "anyOf" else value
        for key, value in schema.items()
    }


def _nullable(schema: Mapping[str, Any]) -> bool:
    return {"type": "null"} in schema.get("anyOf", [])
