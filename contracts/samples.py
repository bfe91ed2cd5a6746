"""Golden samples: one record of every published version, as it lies in Kafka.

They are written once, when a version is new, and never again: what they show must be readable for
ever.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from contracts.cloudevents import Message, encode
from contracts.envelope import Envelope, EventData

FOLDER = Path(__file__).parent / "samples"
AT = datetime(2026, 11, 22, 9, 30, tzinfo=UTC)
BY_NAME: Mapping[str, Any] = {
    "workspace_id": "acme",
    "slug": "pro-monthly",
    "plan": "pro-monthly",
    "previous_plan": "starter-monthly",
    "next_plan": "pro-yearly",
    "family": "pro",
    "name": "Pro",
    "currency": "USD",
    "gateway": "stripe",
    "interval": "month",
    "month": "2026-11",
    "addon": "professional-ai-setup",
    "addon_name": "Professional AI setup",
    "last4": "4242",
    "brand": "visa",
    "price_cents": 4900,
    "previous_price_cents": 3900,
    "invoice_ref": "in_1SQ3kLh2eZvKYlo2",
    "number": "A1B2C3D4-0001",
    "subtotal_cents": 4900,
    "discount_cents": 490,
    "tax_cents": 838,
    "total_cents": 5248,
    "paid_cents": 5248,
    "refunded_cents": 1000,
    "disputed_cents": 0,
    "amount_cents": 1000,
    "quantity": 1,
    "proration": False,
    "description": "Pro, monthly",
    "url": "https://pay.example.com/invoice/A1B2C3D4-0001",
    "pdf_url": "https://pay.example.com/invoice/A1B2C3D4-0001.pdf",
    "started_at": "2026-11-22T09:30:00Z",
    "period_start": "2026-11-22T09:30:00Z",
    "period_end": "2026-12-22T09:30:00Z",
}


def sample(kind: type[EventData]) -> dict[str, Any]:
    """A record of that type with plausible values, always the same."""
    schema = kind.model_json_schema()
    body = _example("", schema, schema.get("$defs", {}))
    data = kind.model_validate(body)
    return as_json(encode(_envelope(kind.TYPE, body, data)))


def _envelope(kind: str, body: Mapping[str, Any], data: EventData) -> Envelope:
    service, name, _ = kind.split(".")
    workspace = str(body.get("workspace_id", ""))
    key = workspace or str(body.get("slug", "") or body.get("code", ""))
    return Envelope(
        service=service,
        sequence=17,
        type=kind,
        key=key,
        subject=workspace,
        time=AT,
        recorded_at=AT + timedelta(milliseconds=3),
        stream=f"{name.lower()}:{key}",
        version=1,
        actor="user:ann",
        correlation_id="req_7f3a",
        causation_id="request:req_7f3a",
        digest="0f" * 32,
        data=data,
    )


def as_json(message: Message) -> dict[str, Any]:
    return {
        "key": (message.key or b"").decode(),
        "headers": {name: content.decode() for name, content in message.headers},
        "data": json.loads(message.value),
    }


def as_message(recorded: Mapping[str, Any]) -> Message:
    headers = [(name, text.encode()) for name, text in recorded["headers"].items()]
    value = json.dumps(recorded["data"], separators=(",", ":"), ensure_ascii=False).encode()
    return Message(recorded["key"].encode(), value, headers)


def _example(name: str, node: Mapping[str, Any], definitions: Mapping[str, Any]) -> Any:
    if "$ref" in node:
        return _example(name, definitions[node["$ref"].rpartition("/")[2]], definitions)
    if "anyOf" in node:
        return _example(name, node["anyOf"][0], definitions)
    if "enum" in node:
        return node["enum"][0]
    if "const" in node:
        return node["const"]
    if "properties" in node:
        return {key: _example(key, each, definitions) for key, each in node["properties"].items()}
    return _plain(name, node, definitions)


def _plain(name: str, node: Mapping[str, Any], definitions: Mapping[str, Any]) -> Any:
    kind = node.get("type")
    if name in BY_NAME and kind == ("integer" if isinstance(BY_NAME[name], int) else "string"):
        return BY_NAME[name]
    if kind == "array":
        return [_example(name, node["items"], definitions)]
    if kind == "object":
        return {"remove_branding": _example("", node["additionalProperties"], definitions)}
    if node.get("format") == "date-time":
        return "2026-12-01T00:00:00Z"
    return {"integer": 12, "boolean": True, "number": 1.5}.get(str(kind), f"{name or 'text'}-1")
