"""What a field of a body means."""

from __future__ import annotations

from typing import Any

from pydantic import Field


def means(description: str, *examples: Any) -> Any:
    """In the type of a field: `Annotated[str, means("The slug of a plan.", "pro-monthly")]`. The
    first example stands in the examples of whole bodies."""
    return Field(description=description, examples=list(examples) or None)


def optional(placeholder: Any) -> Any:
    """A field that may be left out but not be null. The placeholder is never read: only the fields
    that were sent are."""
    return Field(default=placeholder, json_schema_extra=_without_default)


def _without_default(schema: dict[str, Any]) -> None:
    schema.pop("default", None)
