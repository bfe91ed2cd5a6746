"""An example of a whole body, put together from those that stand at its properties."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

SCHEMAS = "#/components/schemas/"
PLAIN: Mapping[str, Any] = {"boolean": True, "integer": 1, "number": 1.5, "null": None}


def example_of(schema: Mapping[str, Any], schemas: Mapping[str, Any]) -> Any:
    """What the schema itself gives goes before what it is made of."""
    if schema.get("examples"):
        return schema["examples"][0]
    if "$ref" in schema:
        return example_of(schemas[schema["$ref"].removeprefix(SCHEMAS)], schemas)
    for choice in ("const", "default"):
        if schema.get(choice) is not None:
            return schema[choice]
    if "enum" in schema:
        return schema["enum"][0]
    variants = schema.get("anyOf") or schema.get("oneOf")
    if variants:
        return example_of(variants[0], schemas)
    return _made(schema, schemas)


def _made(schema: Mapping[str, Any], schemas: Mapping[str, Any]) -> Any:
    kind = schema.get("type")
    if kind == "object":
        properties = schema.get("properties", {})
        return {name: example_of(each, schemas) for name, each in properties.items()}
    if kind == "array":
        return [example_of(schema["items"], schemas)] if schema.get("items") else []
    return PLAIN.get(str(kind), "text")
