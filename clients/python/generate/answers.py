"""The schemas of all answers in an OpenAPI document, under the names of the models.

What a server answers may grow: enumerations take words that are not known yet, and a field that
may be null may also be missing.
"""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Mapping
from typing import Any

Schema = dict[str, Any]
PREFIX = "#/components/schemas/"
SUFFIX = "Body"
# Of the validation of requests; an answer is taken as it comes.
BOUNDS = {"pattern", "minLength", "maxLength", "minimum", "maximum", "minItems", "maxItems"}
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
    """Two components of different fields would become one model."""


def answers(document: Mapping[str, Any]) -> dict[str, Schema]:
    """By the names of the models, in alphabetical order."""
    found: dict[str, Schema] = {}
    components = document["components"]["schemas"]
    for component in _reached(document):
        name, model = model_name(component), _tolerant(_renamed(components[component]))
        known = found.setdefault(name, model)
        if _undescribed(known) != _undescribed(model):
            raise NameTaken(f"{component} is another {name}: give it a name of its own in NAMES")
    return dict(sorted(found.items()))


def model_name(component: str) -> str:
    return NAMES.get(component, component.removesuffix(SUFFIX))


def _reached(document: Mapping[str, Any]) -> list[str]:
    """The components that successful answers are made of."""
    components, reached = document["components"]["schemas"], dict[str, None]()
    waiting = list(_references(list(_successes(document))))
    while waiting:
        component = waiting.pop()
        if component not in reached:
            reached[component] = None
            waiting += _references(components[component])
    return sorted(reached)


def _successes(document: Mapping[str, Any]) -> Iterator[Schema]:
    for path in document["paths"].values():
        for operation in path.values():
            for status, response in operation["responses"].items():
                if status.startswith("2"):
                    yield response.get("content", {}).get("application/json", {})


def _references(schema: Any) -> Iterator[str]:
    if isinstance(schema, list):
        for each in schema:
            yield from _references(each)
    elif isinstance(schema, dict):
        if "$ref" in schema:
            yield schema["$ref"].removeprefix(PREFIX)
        for each in schema.values():
            yield from _references(each)


def _renamed(schema: Any) -> Any:
    if isinstance(schema, list):
        return [_renamed(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    kept = {key: _renamed(value) for key, value in schema.items() if not _is_title(key, value)}
    if "$ref" in schema:
        kept["$ref"] = PREFIX + model_name(schema["$ref"].removeprefix(PREFIX))
    return kept


def _is_title(key: str, value: Any) -> bool:
    return key == "title" and isinstance(value, str)


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
        key: _tolerant(value, is_property_list=key == "properties")
        for key, value in schema.items()
        if key not in BOUNDS | {"default", "additionalProperties", "examples", "example"}
        or (key == "additionalProperties" and isinstance(value, dict))
    }
    if "properties" in schema:
        made["required"] = [
            name for name in schema.get("required", []) if not _nullable(schema["properties"][name])
        ]
        made["description"] = _sentence(schema.get("description", ""))
    return {key: value for key, value in made.items() if value not in ("", [])}


STRING: Schema = {"type": "string"}


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


def _sentence(text: str) -> str:
    return "\n".join(textwrap.wrap(text, 90))


def _undescribed(schema: Any) -> Any:
    """Descriptions change no type."""
    if isinstance(schema, list):
        return [_undescribed(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    return {
        key: _undescribed(value)
        for key, value in schema.items()
        if not (key == "description" and isinstance(value, str))
    }
