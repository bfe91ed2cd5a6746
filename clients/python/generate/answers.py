"""The schemas of all answers in an OpenAPI document, under the names of the models.

What a server answers may grow: enumerations take words that are not known yet, and a field that
may be null may also be missing.
"""

from __future__ import annotations

import json
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
    "SubscriptionBody": "Account",
    "SubscriptionFacts": "AccountSubscription",
    "CheckoutBody": "Checkout",
    "Checkout": "PendingCheckout",
    "BoughtAddon": "PurchaseRecord",
    "Caused": "CausedEvents",
    "Entitlements": "EntitlementsAsOf",
    "InvoiceBody": "GatewayInvoice",
    "ShownInvoice": "Invoice",
    "projections__audit_trail__http__explanations__MonthOfUsage": "UsageAsOf",
    "projections__usage_counters__http__MonthOfUsage": "UsageOfMonth",
}
TITLES = {"Allowed": "Allowance"}


def answers(document: Mapping[str, Any]) -> dict[str, Schema]:
    """By the names of the models, in alphabetical order."""
    found: dict[str, Schema] = {}
    components = document["components"]["schemas"]
    for schema in _successes(document):
        _collect(schema, components, found)
    return {name: _tolerant(schema) for name, schema in sorted(found.items())}


def _successes(document: Mapping[str, Any]) -> Iterator[Schema]:
    for path in document["paths"].values():
        for operation in path.values():
            for status, response in operation["responses"].items():
                json_answer = response.get("content", {}).get("application/json", {})
                if status.startswith("2") and json_answer.get("schema"):
                    yield json_answer["schema"]


def _collect(schema: Any, components: Mapping[str, Schema], found: dict[str, Schema]) -> Any:
    """The same schema with every object that has properties moved to `found`."""
    if isinstance(schema, list):
        return [_collect(each, components, found) for each in schema]
    if not isinstance(schema, dict):
        return schema
    if "$ref" in schema:
        component = schema["$ref"].removeprefix(PREFIX)
        return _defined(_name(component), components[component], components, found)
    if isinstance(schema.get("properties"), dict) and "title" in schema:
        return _defined(_titled(schema), schema, components, found)
    return {key: _collect(value, components, found) for key, value in schema.items()}


def _defined(
    name: str, schema: Schema, components: Mapping[str, Schema], found: dict[str, Schema]
) -> Schema:
    if name not in found:
        found[name] = {}
        properties = _collect(schema.get("properties", {}), components, found)
        found[name] = {**schema, "title": name, "properties": properties}
    return {"$ref": f"{PREFIX}{name}"}


def _name(component: str) -> str:
    return NAMES.get(component, component.removesuffix(SUFFIX))


def _titled(schema: Schema) -> str:
    title = str(schema["title"])
    return TITLES.get(title, title)


def _tolerant(schema: Any, *, is_property_list: bool = False) -> Any:
    if isinstance(schema, list):
        return [_tolerant(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    if is_property_list:
        return {name: _typed(name, _untitled(_tolerant(each))) for name, each in schema.items()}
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


def _untitled(schema: Schema) -> Schema:
    return {key: value for key, value in schema.items() if key != "title"}


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


def digest_text(schema: Schema) -> str:
    """What the digest of a schema is made of: descriptions change no type."""
    return json.dumps(_undescribed(schema), sort_keys=True, separators=(",", ":"))


def _undescribed(schema: Any) -> Any:
    if isinstance(schema, list):
        return [_undescribed(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    return {
        key: _undescribed(value)
        for key, value in schema.items()
        if not (key == "description" and isinstance(value, str))
    }
