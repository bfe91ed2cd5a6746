"""The components of an OpenAPI document, under the names of the client's types."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

Schema = dict[str, Any]
PREFIX = "#/components/schemas/"
SUFFIX = "Body"
JSON = "application/json"
# Sent by itself, or asked for as JSON alone.
OWN = frozenset({"after", "format"})
# Components whose own name is taken by another one, or says less than it could.
NAMES = {
    "AddonsBody": "AddonCatalogue",
    "Allowed": "Allowance",
    "SubscriptionBody": "Account",
    "SubscriptionFacts": "AccountSubscription",
    "CheckoutBody": "Checkout",
    "Checkout": "PendingCheckout",
    "BoughtAddon": "PurchaseRecord",
    "Caused": "CausedEvents",
    "InvoiceBody": "GatewayInvoice",
    "InvoicesBody": "GatewayInvoices",
    "ShownInvoice": "Invoice",
}


class NameTaken(ValueError):
    """Two components of different fields would become one type."""


def type_name(component: str) -> str:
    return NAMES.get(component, component.removesuffix(SUFFIX))


def operations(document: Mapping[str, Any]) -> Iterator[tuple[str, str, Schema]]:
    """Path, method and operation, of all but those that answer files."""
    for path, item in document["paths"].items():
        for method, operation in item.items():
            if not _is_file(operation):
                yield path, method, operation


def answer_schemas(operation: Schema) -> dict[int, Schema]:
    """Of JSON, by the status of success."""
    return {
        int(status): response["content"][JSON]["schema"]
        for status, response in operation["responses"].items()
        if status.startswith("2") and JSON in response.get("content", {})
    }


def _is_file(operation: Schema) -> bool:
    """Whether it answers something else than JSON alone."""
    contents = [
        response["content"]
        for status, response in operation["responses"].items()
        if status.startswith("2") and "content" in response
    ]
    return bool(contents) and not any(JSON in content for content in contents)


def body_schema(operation: Schema) -> Schema:
    """Empty where nothing is sent."""
    content = operation.get("requestBody", {}).get("content", {})
    schema: Schema = content.get(JSON, {}).get("schema", {})
    return schema


def references(schema: Any) -> Iterator[str]:
    """The components that a schema names, whether it may be null or not."""
    if isinstance(schema, list):
        for each in schema:
            yield from references(each)
    elif isinstance(schema, dict):
        if "$ref" in schema:
            yield schema["$ref"].removeprefix(PREFIX)
        for each in schema.values():
            yield from references(each)


def asked(operation: Schema) -> list[tuple[str, Schema]]:
    """The parameters of the query that are the caller's."""
    return [
        (each["name"], each["schema"])
        for each in operation.get("parameters", [])
        if each["in"] == "query" and each["name"] not in OWN
    ]


def is_keyed(operation: Schema) -> bool:
    return any(each["name"] == "Idempotency-Key" for each in operation.get("parameters", []))


def services(operation: Schema) -> tuple[str, ...]:
    """Whose commands the answer waits for."""
    return tuple(
        service
        for each in operation.get("parameters", [])
        if each["name"] == "after"
        for service in each["schema"].get("x-services", ())
    )


def named(document: Mapping[str, Any], schemas: Iterable[Schema]) -> dict[str, Schema]:
    """All components that these schemas are made of, by the names of their types."""
    components = document["components"]["schemas"]
    found: dict[str, Schema] = {}
    for component in sorted(_reached(components, schemas)):
        name, schema = type_name(component), _renamed(components[component])
        known = found.setdefault(name, schema)
        if undescribed(known) != undescribed(schema):
            raise NameTaken(f"{component} is another {name}: give it a name of its own in NAMES")
    return dict(sorted(found.items()))


def undescribed(schema: Any) -> Any:
    """Descriptions and examples change no type."""
    if isinstance(schema, list):
        return [undescribed(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    return {
        key: undescribed(value)
        for key, value in schema.items()
        if not (key == "description" and isinstance(value, str)) and key != "examples"
    }


def _reached(components: Mapping[str, Schema], schemas: Iterable[Schema]) -> set[str]:
    reached: set[str] = set()
    waiting = list(references(list(schemas)))
    while waiting:
        component = waiting.pop()
        if component not in reached:
            reached.add(component)
            waiting += references(components[component])
    return reached


def _renamed(schema: Any) -> Any:
    if isinstance(schema, list):
        return [_renamed(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    kept = {
        key: _renamed(value)
        for key, value in schema.items()
        if not (key == "title" and isinstance(value, str))
    }
    if "$ref" in schema:
        kept["$ref"] = PREFIX + type_name(schema["$ref"].removeprefix(PREFIX))
    return kept
