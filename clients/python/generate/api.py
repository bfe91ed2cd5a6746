"""`aio/api.py`: a method for each operation of an OpenAPI document."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterator, Mapping
from typing import Any

from generate.schemas import (
    Schema,
    answer_schemas,
    asked,
    body_schema,
    is_keyed,
    operations,
    references,
    services,
    type_name,
)

HEAD = '''"""Every operation of the API: generated from its OpenAPI document, not to be edited."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import datetime
from typing import Literal, ParamSpec, TypeVar, Unpack

from workspace_billing import bodies, models
from workspace_billing.aio.sender import AsyncSender, Page, Read
from workspace_billing.call import by_status, path, reading, reading_one_of

P = ParamSpec("P")
E = TypeVar("E")


class AsyncApi:
    """Retries, keys, and what was done is shown: as everywhere in this client."""

    def __init__(self, sender: AsyncSender) -> None:
        self._sender = sender

    async def every(
        self, pages: Callable[P, Awaitable[Page[E]]], *args: P.args, **query: P.kwargs
    ) -> AsyncIterator[E]:
        """The elements of a list, a page at a time as they are asked for:
        `every(api.list_orders, status="paid")`."""
        while True:
            page = await pages(*args, **query)
            for element in page.data:
                yield element
            if page.next is None:
                return
            query["cursor"] = page.next
'''
METHOD = '''
    async def {name}(self, {arguments}) -> {answer}:
        """{told}"""
        read: Read[{answer}] = {read}
        return await {sender}.{call}
'''
PARAMETER = re.compile(r"{(\w+)}")
WORKSPACE = "ws"


def api(document: Mapping[str, Any]) -> str:
    return HEAD + "".join(
        _method(path, method, operation)
        for path, method, operation in operations(document)
        if path.startswith("/v1/")
    )


def _method(path: str, method: str, operation: Schema) -> str:
    names = PARAMETER.findall(path)
    place = f'"{path}"'
    if names:
        place = f'path("{PARAMETER.sub("{}", path)}", {", ".join(names)})'
    is_query = method == "get"
    return METHOD.format(
        name=_snake(operation["operationId"]),
        arguments=", ".join(_arguments(names, operation)),
        answer=" | ".join(_kinds(operation)),
        told="\n        ".join(textwrap.wrap(f"{operation['summary']}.", 86)),
        read=_read(operation),
        sender=f"self._sender.about({WORKSPACE})" if WORKSPACE in names else "self._sender",
        call=_query(place, operation) if is_query else _command(place, method, operation),
    )


def _snake(name: str) -> str:
    return re.sub("([A-Z])", r"_\1", name).lower()


def _arguments(names: list[str], operation: Schema) -> Iterator[str]:
    if names:
        yield from (f"{name}: str" for name in names)
        yield "/"
    named = [f"{name}: {_type(schema)} | None = None" for name, schema in asked(operation)]
    if is_keyed(operation):
        named.append("idempotency_key: str | None = None")
    if named:
        yield "*"
        yield from named
    for body in references(body_schema(operation)):
        yield f"**body: Unpack[bodies.{type_name(body)}]"


def _type(schema: Schema) -> str:
    for variant in schema.get("anyOf", [schema]):
        if "enum" in variant:
            return f"Literal[{', '.join(repr(word) for word in variant['enum'])}]"
        if variant.get("format") == "date-time":
            return "datetime"
        if variant["type"] != "null":
            return {"integer": "int", "boolean": "bool", "number": "float"}.get(
                variant["type"], "str"
            )
    raise ValueError(f"{schema} has no type")


def _kinds(operation: Schema) -> list[str]:
    """Of all answers, each once."""
    found = (kind for schema in answer_schemas(operation).values() for kind in _models(schema))
    return list(dict.fromkeys(found))


def _models(schema: Schema) -> list[str]:
    return [f"models.{type_name(each)}" for each in references(schema)]


def _read(operation: Schema) -> str:
    readers = {
        status: _reader(_models(schema)) for status, schema in answer_schemas(operation).items()
    }
    if len(set(readers.values())) == 1:
        return next(iter(readers.values()))
    each = ", ".join(f"{status}: {reader}" for status, reader in readers.items())
    return f"by_status({{{each}}})"


def _reader(kinds: list[str]) -> str:
    return f"{'reading' if len(kinds) == 1 else 'reading_one_of'}({', '.join(kinds)})"


def _query(place: str, operation: Schema) -> str:
    query = [f"{name}={name}" for name, _ in asked(operation)]
    return f"query({', '.join([place, 'read', *_waiting(operation), *query])})"


def _command(place: str, method: str, operation: Schema) -> str:
    parts = [f'"{method.upper()}"', place, "read"]
    if body_schema(operation):
        needed = operation["requestBody"].get("required", False)
        parts.append("body" if needed else "body or None")
    if is_keyed(operation):
        parts.append("key=idempotency_key")
    query = ", ".join(f'"{name}": {name}' for name, _ in asked(operation))
    if query:
        parts.append(f"query={{{query}}}")
    return f"command({', '.join([*parts, *_waiting(operation)])})"


def _waiting(operation: Schema) -> list[str]:
    found = services(operation)
    return [f"services={found!r}"] if found else []
