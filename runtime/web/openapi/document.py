"""The framework's document, completed with what its routes don't type."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from fastapi.routing import APIRoute

from kernel.text import LINE
from runtime.web.auth import ANYBODY
from runtime.web.openapi.examples import example_of
from runtime.web.openapi.headers import HEADERS, IDEMPOTENCY_KEY, IN_PATHS
from runtime.web.openapi.refusals import COMMAND, JSON, Refusals

METHODS = frozenset({"get", "post", "put", "patch", "delete"})
SCHEMAS = "x-schemas"
BOUNDED = frozenset({"pattern", "enum", "const", "format"})
REFERENCE = "#/components/schemas/"
UNTOLD = ("Successful Response", "")
REPLACED = ("HTTPValidationError", "ValidationError")


def operation_id(route: APIRoute) -> str:
    """The name of the function, as most languages write it: `startCheckout`."""
    first, *rest = route.name.split("_")
    return first + "".join(word.capitalize() for word in rest)


def completed(document: dict[str, Any], tags: Sequence[Mapping[str, str]]) -> dict[str, Any]:
    """The same document. What routes leave in `x-…` extensions for this is used up."""
    components = document.setdefault("components", {})
    schemas = components.setdefault("schemas", {})
    for name in REPLACED:
        schemas.pop(name, None)
    components["headers"] = HEADERS
    refusals = Refusals(components)
    for path, _, operation in operations(document):
        schemas.update(operation.pop(SCHEMAS, {}))
        _tell(operation)
        command = operation.pop(COMMAND, {})
        _describe_command(operation, command)
        _secure(operation)
        _describe_answer(operation, schemas)
        refusals.describe(path, operation, command)
        for parameter in operation.get("parameters", []):
            _bound(parameter.get("schema", {}))
            parameter.update(IN_PATHS.get(parameter["name"], {}))
    for schema in schemas.values():
        _untitle(schema, schema)
        for each in schema.get("properties", {}).values():
            _lift(each)
    _give_examples(document, schemas)
    components["schemas"] = dict(sorted(schemas.items()))
    return {**document, "tags": list(tags)}


def operations(document: Mapping[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Path, method and operation."""
    for path, item in document["paths"].items():
        for method in sorted(METHODS & item.keys()):
            yield path, method, item[method]


def _tell(operation: dict[str, Any]) -> None:
    """The first sentence of a route's docstring is its summary."""
    text = " ".join(operation.get("description", "").split())
    if text:
        operation["summary"] = text.split(". ")[0].rstrip(".")
        operation["description"] = text


def _describe_command(operation: dict[str, Any], command: Mapping[str, Any]) -> None:
    """Commands tell their position, and honour a key where they have `keys`."""
    if not command:
        return
    for status, response in operation["responses"].items():
        if status.startswith("2") and command["position"]:
            reference = {"$ref": "#/components/headers/X-Event-Position"}
            response.setdefault("headers", {})["X-Event-Position"] = reference
    if command["keys"]:
        operation.setdefault("parameters", []).append(IDEMPOTENCY_KEY)


def _secure(operation: dict[str, Any]) -> None:
    """Roles are the scopes of the token; one of them is enough."""
    required = operation.pop("security", None)
    if required is None:
        return
    roles = [role for each in required for scopes in each.values() for role in scopes]
    if ANYBODY in roles:
        operation["security"] = [{}, *({name: []} for each in required[:1] for name in each)]
        return
    operation["security"] = [{name: roles for each in required for name in each}]
    allowed = f"For {', '.join(roles)}." if roles else "For everybody who has a token."
    operation["description"] = f"{operation.get('description', '')} {allowed}".strip()


def _describe_answer(operation: dict[str, Any], schemas: Mapping[str, Any]) -> None:
    """An answer without words of its own has those of its body."""
    for response in operation["responses"].values():
        if response.get("description") in UNTOLD:
            body = response.get("content", {}).get(JSON, {}).get("schema", {})
            told = schemas.get(body.get("$ref", "").removeprefix(REFERENCE), {})
            response["description"] = told.get("description", operation.get("summary", "Done"))


def _bound(schema: dict[str, Any]) -> None:
    """Text without a pattern of its own has that of all addresses."""
    for each in (schema, *schema.get("anyOf", [])):
        if each.get("type") == "string" and BOUNDED.isdisjoint(each):
            each["pattern"] = LINE


def _untitle(schema: Any, root: Any) -> None:
    """Only whole bodies have titles: generators make a type of whatever has one."""
    if isinstance(schema, list):
        for each in schema:
            _untitle(each, root)
    elif isinstance(schema, dict):
        if schema is not root and isinstance(schema.get("title"), str):
            del schema["title"]
        for each in schema.values():
            _untitle(each, root)


def _lift(schema: dict[str, Any]) -> None:
    """What is said of a value is said of one that may be null."""
    for variant in schema.get("anyOf", []):
        for word in ("description", "examples"):
            if word in variant:
                schema.setdefault(word, variant.pop(word))


def _give_examples(document: Mapping[str, Any], schemas: Mapping[str, Any]) -> None:
    for _, _, operation in operations(document):
        for body in (operation.get("requestBody", {}), *operation["responses"].values()):
            media = body.get("content", {}).get(JSON, {})
            if "schema" in media and media.keys().isdisjoint({"example", "examples"}):
                media["example"] = example_of(media["schema"], schemas)
