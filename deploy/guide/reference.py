"""What the pages of the reference list: made of the code when they are shown, so that it is true of
the version that shows it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from enum import Enum
from typing import Any, get_args

import typer
from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined

from contracts.envelope import EventData
from contracts.schemas import published
from deploy.setting_types import variable
from deploy.settings import Settings
from runtime.web.openapi.document import operations

MARK = re.compile(r"^<!-- (?P<name>[a-z]+): made of the code -->$", re.MULTILINE)
Document = Mapping[str, Any]


def filled(text: str, document: Document) -> str:
    """With a table in place of each mark. `document` is OpenAPI's."""
    tables: Mapping[str, Callable[[], Iterator[str]]] = {
        "settings": _settings,
        "commands": _commands,
        "events": _events,
        "operations": lambda: _operations(document),
    }
    return MARK.sub(lambda mark: "\n".join(tables[mark["name"]]()), text)


def _table(*rows: Iterable[str]) -> Iterator[str]:
    """The first row is the heading."""
    for number, row in enumerate(rows):
        cells = [" ".join(cell.replace("|", r"\|").split()) for cell in row]
        yield f"| {' | '.join(cells)} |"
        if number == 0:
            yield f"|{' --- |' * len(cells)}"


def _settings() -> Iterator[str]:
    rows = [
        (f"`{variable(name)}`", _default(field), field.description or "")
        for name, field in Settings.model_fields.items()
    ]
    return _table(("variable", "default", "meaning"), *rows)


def _default(field: FieldInfo) -> str:
    default = "" if field.default is PydanticUndefined else field.default
    choices = [str(each) for each in get_args(field.annotation)]
    text = f"`{default}`" if str(default) else "empty"
    return f"{text} of {', '.join(choices)}" if choices and isinstance(default, str) else text


def _commands() -> Iterator[str]:
    from deploy.cli import app  # it starts processes, which show this page

    group = typer.main.get_command(app)
    yield from _help(group, "billing")


def _help(command: Any, name: str) -> Iterator[str]:
    parts: Mapping[str, Any] = getattr(command, "commands", {})
    if not parts:
        yield from (f"### `{name}`", "", *_paragraphs(command.help))
        rows = [(_spelt(each), each.help or "") for each in command.params if each.name != "help"]
        if rows:
            yield from (*_table(("given", "meaning"), *rows), "")
    for part, inner in parts.items():
        yield from _help(inner, f"{name} {part}")


def _paragraphs(text: str | None) -> Iterator[str]:
    for paragraph in (text or "").split("\n\n"):
        yield from (" ".join(paragraph.split()), "")


def _spelt(parameter: Any) -> str:
    if parameter.param_type_name == "argument":
        return f"`{parameter.name.upper()}`{'' if parameter.required else ' (optional)'}"
    default = parameter.default
    shown = default.value if isinstance(default, Enum) else default
    is_told = shown not in (None, "", False) and not callable(shown)
    return f"`{parameter.opts[0]}`" + (f" = {shown}" if is_told else "")


def _events() -> Iterator[str]:
    kinds = published()
    for service in sorted({name.partition(".")[0] for name in kinds}):
        yield from (f"## {service.capitalize()}", "", f"Topic `{service}.events.v1`.", "")
        rows = [
            (f"`{name.split('.', 1)[1]}`", _meaning(kind), _fields(kind))
            for name, kind in kinds.items()
            if name.startswith(f"{service}.")
        ]
        yield from (*_table(("event", "meaning", "facts"), *rows), "")


def _meaning(kind: type[EventData]) -> str:
    return kind.__doc__ or ""


def _fields(kind: type[EventData]) -> str:
    return ", ".join(f"`{name}`" for name in kind.model_fields)


def _operations(document: Document) -> Iterator[str]:
    """By tag, in the order of the document's."""
    found = list(operations(document))
    for tag in document["tags"]:
        yield from (f"## {tag['name'].capitalize()}", "", tag["description"], "")
        rows = [
            (f"`{method.upper()} {path}`", operation["summary"], _callers(operation))
            for path, method, operation in found
            if operation["tags"] == [tag["name"]]
        ]
        yield from (*_table(("request", "what it does", "for"), *rows), "")


def _callers(operation: Mapping[str, Any]) -> str:
    security = operation.get("security", [{}])
    if not security[0]:
        return "everybody"
    return ", ".join(role for roles in security[0].values() for role in roles) or "any token"
