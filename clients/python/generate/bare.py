"""A schema without what is no matter of types."""

from __future__ import annotations

from typing import Any

# The server says what of it is not fulfilled.
BOUNDS = frozenset(
    {
        *("pattern", "minLength", "maxLength", "minimum", "maximum", "minItems", "maxItems"),
        *("exclusiveMinimum", "exclusiveMaximum", "uniqueItems", "propertyNames", "maxProperties"),
    }
)
LEFT_OUT = BOUNDS | {"default", "examples", "example"}


def bare(schema: Any, *, is_property_list: bool = False) -> Any:
    if isinstance(schema, list):
        return [bare(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    if is_property_list:
        return {name: bare(each) for name, each in schema.items()}
    return {
        key: bare(value, is_property_list=key == "properties")
        for key, value in schema.items()
        if key not in LEFT_OUT and (key != "additionalProperties" or isinstance(value, dict))
    }
