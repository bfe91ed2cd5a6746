"""The AsyncAPI 3 document of everything that is published, written as YAML."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from contracts.envelope import EventData

PATH = Path(__file__).parent / "asyncapi.yaml"
TITLES = {"billing": "Plans and subscriptions", "metering": "Usage", "addons": "One-time services"}
ATTRIBUTES: Mapping[str, tuple[str, str]] = {
    "ce_specversion": ("string", "Always 1.0."),
    "ce_id": ("string", "`<service>:<sequence>`, unique."),
    "ce_type": ("string", "`<service>.<Name>.v<version>`."),
    "ce_source": ("string", "`/<service>`."),
    "ce_subject": ("string", "Workspace id; absent for catalogue events."),
    "ce_time": ("string", "When it happened (RFC 3339)."),
    "ce_sequence": ("string", "Position in the log of its service: grows within a partition."),
    "ce_provenance": (
        "string",
        (
            "A JSON object: recorded_at (when it was stored), stream and version (its place in the "
            "store), actor, correlation_id (equal for everything that one request led to), "
            "causation_id (the request, webhook or event behind it), digest (hex SHA-256 of the "
            "stored event)."
        ),
    ),
    "ce_traceparent": (
        "string",
        "W3C trace context of the request behind it; absent where it was not traced.",
    ),
}
OPTIONAL = {"ce_subject", "ce_traceparent"}
WATERMARK = (
    "Not an event: says that all events of this service up to `ce_sequence` that belong to this "
    "partition lie before this record. Consumers may ignore it."
)


def document(kinds: Mapping[str, type[EventData]]) -> str:
    services = sorted({name.partition(".")[0] for name in kinds})
    described = {
        "asyncapi": "3.1.0",
        "info": {
            "title": "Workspace billing events",
            "version": "1.0.0",
            "description": (
                "CloudEvents 1.0 in Kafka's binary mode. Records are written in transactions: read "
                "with isolation level read_committed. Keys keep order; a record may be repeated, "
                "so skip what is not above the last `ce_sequence` of its partition."
            ),
        },
        "defaultContentType": "application/json",
        "channels": {service: _channel(service, kinds) for service in services},
        "operations": {f"publish_{service}": _operation(service) for service in services},
        "components": {
            "messages": {
                **{name: _message(name, kind) for name, kind in kinds.items()},
                **{f"{service}.Watermark.v1": _watermark(service) for service in services},
            },
            "schemas": {"attributes": _attributes()},
        },
    }
    return "\n".join(_yaml(described)) + "\n"


def _channel(service: str, kinds: Mapping[str, type[EventData]]) -> dict[str, Any]:
    names = [name for name in kinds if name.startswith(f"{service}.")]
    return {
        "address": f"{service}.events.v1",
        "title": TITLES.get(service, service),
        "messages": {
            name: {"$ref": f"#/components/messages/{name}"}
            for name in [*names, f"{service}.Watermark.v1"]
        },
    }


def _operation(service: str) -> dict[str, Any]:
    return {"action": "send", "channel": {"$ref": f"#/channels/{service}"}}


def _message(name: str, kind: type[EventData]) -> dict[str, Any]:
    key = "Workspace id, or the slug for catalogue events: equal keys keep their order."
    words = kind.__dict__.get("__doc__") or kind.__name__
    return {
        "name": name,
        "title": kind.__name__,
        "description": " ".join(words.split()),
        "headers": {"$ref": "#/components/schemas/attributes"},
        "payload": {"$ref": f"./schemas/{name}.json"},
        "bindings": {"kafka": {"key": {"type": "string", "description": key}}},
    }


def _watermark(service: str) -> dict[str, Any]:
    return {
        "name": f"{service}.Watermark.v1",
        "title": "Watermark",
        "description": WATERMARK,
        "payload": {"type": "object"},
    }


def _attributes() -> dict[str, Any]:
    return {
        "type": "object",
        "required": [name for name in ATTRIBUTES if name not in OPTIONAL],
        "properties": {
            name: {"type": kind, "description": text} for name, (kind, text) in ATTRIBUTES.items()
        },
    }


def _yaml(node: Any, indent: str = "") -> Iterator[str]:
    """Block style; scalars as JSON, which YAML reads."""
    items = node.items() if isinstance(node, Mapping) else ((None, item) for item in node)
    for name, value in items:
        head = f"{indent}{json.dumps(name)}:" if name is not None else f"{indent}-"
        if isinstance(value, Mapping | list) and value:
            yield head
            yield from _yaml(value, indent + "  ")
        else:
            yield f"{head} {json.dumps(value, ensure_ascii=False)}"
