"""What is posted to hosts' endpoints, as the `webhooks` of the OpenAPI document."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from contracts.envelope import EventData
from contracts.samples import sample
from contracts.schemas import published
from services.notifications.application.workspace_states import STATE_CHANGED
from services.notifications.domain.workspace_state import NOTHING, state_of

Schema = dict[str, Any]
MEDIA = "application/cloudevents+json"
DEFINITION = "#/$defs/"
HEADERS = {
    "webhook-id": ("The event's id: drop what you have had.", "billing:42"),
    "webhook-timestamp": ("When it was sent, in seconds since 1970.", "1795946400"),
    "webhook-signature": ("By Standard Webhooks, one for each secret in force.", "v1,K5oZfzN95Z…"),
}
ATTRIBUTES: Mapping[str, Schema] = {
    "specversion": {"const": "1.0", "description": "Of CloudEvents."},
    "id": {"type": "string", "description": "`<service>:<sequence>`, unique."},
    "source": {"type": "string", "description": "`/<service>`."},
    "subject": {"type": "string", "description": "The workspace; absent for the catalogue's."},
    "time": {"type": "string", "format": "date-time", "description": "When it happened."},
    "sequence": {"type": "string", "description": "Its position in the log of its service."},
    "traceparent": {"type": "string", "description": "W3C trace context, where it was traced."},
    "datacontenttype": {"const": "application/json", "description": "Of `data`."},
}
OPTIONAL = {"subject", "traceparent"}
ANSWERS = {
    "2XX": {"description": "Stored. Whatever else is answered, it is sent again."},
    "410": {"description": "Nothing is sent to this endpoint any more."},
}


STATE_DATA: Schema = {
    "type": "object",
    "required": ["workspace_id", "state", "previous", "cause"],
    "properties": {
        "workspace_id": {"type": "string", "description": "Whose state."},
        "state": {
            "type": "object",
            "description": "All of it: plan, status, limits, features, what is planned.",
            "required": ["plan", "has_access"],
            "properties": {
                "plan": {"type": "string", "description": "The plan it lives on."},
                "has_access": {"type": "boolean", "description": "By a subscription."},
            },
        },
        "previous": {"type": "object", "description": "What has changed, as it was."},
        "cause": {"type": "string", "description": "The event behind it."},
    },
}


def described_events() -> dict[str, Any]:
    """By the type of the event: what is posted, and how it is to be answered."""
    published_ones = {name: _published(name, kind) for name, kind in published().items()}
    return {**published_ones, STATE_CHANGED: _state_changed()}


def _published(name: str, kind: type[EventData]) -> dict[str, Any]:
    schema = kind.model_json_schema()
    data = _inlined(schema, schema.pop("$defs", {}))
    told = data.pop("description", _words(name))
    return _posted(name, _words(name), told, data, _example(kind))


def _state_changed() -> dict[str, Any]:
    workspace = "acme"
    state = state_of("pro-monthly", NOTHING, {"has_access": True, "status": "active"})
    data = {"workspace_id": workspace, "state": state, "cause": "billing:42"}
    example = {
        "specversion": "1.0",
        "id": "workspace:7",
        "source": "/notifications",
        "subject": workspace,
        "time": "2026-11-22T09:30:00Z",
        "sequence": "7",
        "type": STATE_CHANGED,
        "datacontenttype": "application/json",
        "data": {**data, "previous": {"plan": "free", "has_access": False, "status": None}},
    }
    told = "After everything that changes what a workspace is entitled to. It stands in no log."
    return _posted(STATE_CHANGED, "Workspace state changed", told, STATE_DATA, example)


def _posted(
    name: str, summary: str, description: str, data: Schema, example: Schema
) -> dict[str, Any]:
    words = re.findall("[A-Za-z0-9]+", name.partition(".")[2])
    event = {
        "tags": ["webhook endpoints"],
        "operationId": "on" + "".join(word[0].upper() + word[1:] for word in words),
        "summary": summary,
        "description": description,
        "parameters": [_header(name, *facts) for name, facts in HEADERS.items()],
        "requestBody": {
            "required": True,
            "content": {MEDIA: {"schema": _event(name, data), "example": example}},
        },
        "responses": ANSWERS,
    }
    return {"post": event}


def _words(name: str) -> str:
    """`AddonPaid` as `Addon paid`."""
    words = re.findall("[A-Z][a-z0-9]*", name.split(".")[1])
    return " ".join(words).capitalize()


def _header(name: str, description: str, example: str) -> Schema:
    return {
        "name": name,
        "in": "header",
        "required": True,
        "description": description,
        "schema": {"type": "string"},
        "example": example,
    }


def _event(name: str, data: Schema) -> Schema:
    kind = {"const": name, "description": "`<service>.<Name>.v<version>`."}
    properties = {**ATTRIBUTES, "type": kind, "data": data}
    return {
        "type": "object",
        "required": sorted(properties.keys() - OPTIONAL),
        "properties": properties,
    }


def _example(kind: type[EventData]) -> dict[str, Any]:
    record = sample(kind)
    given = {name.removeprefix("ce_"): value for name, value in record["headers"].items()}
    attributes = {name: given[name] for name in ATTRIBUTES if name in given}
    return {
        **attributes,
        "type": kind.TYPE,
        "datacontenttype": "application/json",
        "data": record["data"],
    }


def _inlined(node: Any, definitions: Mapping[str, Schema]) -> Any:
    """Without references to what stands beside it, and without titles."""
    if isinstance(node, list):
        return [_inlined(each, definitions) for each in node]
    if not isinstance(node, dict):
        return node
    if "$ref" in node:
        return _inlined(definitions[node["$ref"].removeprefix(DEFINITION)], definitions)
    return {
        key: _inlined(value, definitions)
        for key, value in node.items()
        if not (key == "title" and isinstance(value, str))
    }
