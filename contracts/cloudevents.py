"""CloudEvents 1.0 in Kafka's binary mode: attributes are headers, the data is the JSON value.

Besides the attributes of the specification each event has the extensions `sequence` and
`provenance`. The latter is one JSON object, because a client in Python pays for every header as
much as for a small body: `recorded_at`, `stream`, `version`, `actor`, `correlation_id`,
`causation_id` and `digest`, as `Envelope` explains them. A traced event has the documented
extension `traceparent`, too.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, NamedTuple

from pydantic import ConfigDict
from pydantic_core import from_json, to_json

from contracts.envelope import REGISTRY, Envelope, EventData

Headers = Sequence[tuple[str, bytes]]
WATERMARK = ".Watermark.v1"
CONTENT_TYPE = ("content-type", b"application/json")
SPECIFICATION = ("ce_specversion", b"1.0")


class Message(NamedTuple):
    """A Kafka record without its place. Only a watermark has no key."""

    key: bytes | None
    value: bytes
    headers: Headers


class NotAnEvent(ValueError):
    """A record that is not in the published language."""


class UnknownData(EventData):
    """The body of a type that this version of the contracts doesn't know."""

    model_config = ConfigDict(frozen=True, extra="allow")


def encode(event: Envelope) -> Message:
    provenance = {
        "recorded_at": event.recorded_at,
        "stream": event.stream,
        "version": event.version,
        "actor": event.actor,
        "correlation_id": event.correlation_id,
        "causation_id": event.causation_id,
        "digest": event.digest,
    }
    headers = [
        SPECIFICATION,
        ("ce_id", event.id.encode()),
        ("ce_type", event.type.encode()),
        ("ce_source", event.source.encode()),
        ("ce_time", event.time.isoformat().encode()),
        ("ce_sequence", b"%d" % event.sequence),
        ("ce_provenance", to_json(provenance)),
        CONTENT_TYPE,
    ]
    if event.subject:
        headers.append(("ce_subject", event.subject.encode()))
    if event.traceparent:
        headers.append(("ce_traceparent", event.traceparent.encode()))
    value = event.data.__pydantic_serializer__.to_json(event.data)
    return Message(event.key.encode(), value, headers)


def structured(event: Envelope) -> bytes:
    """The same in one JSON document, for who has no headers: structured mode of CloudEvents."""
    attributes: dict[str, Any] = {
        "specversion": "1.0",
        "id": event.id,
        "type": event.type,
        "source": event.source,
        "subject": event.subject,
        "time": event.time.isoformat(),
        "sequence": str(event.sequence),
        "traceparent": event.traceparent,
        "datacontenttype": "application/json",
    }
    given = {name: value for name, value in attributes.items() if value}
    return to_json({**given, "data": event.data})


def decode(key: bytes | None, value: bytes | None, headers: Headers) -> Envelope:
    """Raises NotAnEvent, with a reason. Types that are not known here come as `UnknownData`, so
    that a publisher may be newer than its consumers."""
    named = dict(headers)
    try:
        kind = named["ce_type"].decode()
        if kind.endswith(WATERMARK):
            return _watermark(kind, named)
        data = REGISTRY.get(kind, UnknownData).__pydantic_validator__.validate_json(value or b"")
        return _envelope(kind, (key or b"").decode(), named, data)
    except KeyError as error:
        raise NotAnEvent(f"{error.args[0]} is missing") from error
    except (ValueError, TypeError) as error:
        raise NotAnEvent(str(error)) from error


def _envelope(kind: str, key: str, named: Mapping[str, bytes], data: EventData) -> Envelope:
    provenance = from_json(named["ce_provenance"])
    return Envelope.trusted(
        {
            "service": named["ce_source"].decode().removeprefix("/"),
            "sequence": int(named["ce_sequence"]),
            "type": kind,
            "key": key,
            "subject": named.get("ce_subject", b"").decode(),
            "time": datetime.fromisoformat(named["ce_time"].decode()),
            "recorded_at": datetime.fromisoformat(provenance["recorded_at"]),
            "stream": provenance["stream"],
            "version": provenance["version"],
            "actor": provenance["actor"],
            "correlation_id": provenance["correlation_id"],
            "causation_id": provenance["causation_id"],
            "digest": provenance["digest"],
            "data": data,
            "traceparent": named.get("ce_traceparent", b"").decode(),
        }
    )


def watermark(service: str, sequence: int) -> Message:
    """Says in one partition that all its events up to `sequence` lie before this record. It lets a
    consumer know how far it has come although other partitions got the events."""
    headers = [
        SPECIFICATION,
        ("ce_id", f"{service}:{sequence}:watermark".encode()),
        ("ce_type", f"{service}{WATERMARK}".encode()),
        ("ce_source", f"/{service}".encode()),
        ("ce_time", datetime.now(UTC).isoformat().encode()),
        ("ce_sequence", b"%d" % sequence),
        CONTENT_TYPE,
    ]
    return Message(None, b"{}", headers)


def is_watermark(event: Envelope) -> bool:
    return event.type.endswith(WATERMARK)


def _watermark(kind: str, named: Mapping[str, bytes]) -> Envelope:
    time = datetime.fromisoformat(named["ce_time"].decode())
    nothing = dict.fromkeys(("key", "subject", "stream", "actor", "correlation_id"), "")
    return Envelope.trusted(
        {
            **nothing,
            "service": named["ce_source"].decode().removeprefix("/"),
            "sequence": int(named["ce_sequence"]),
            "type": kind,
            "time": time,
            "recorded_at": time,
            "version": 0,
            "causation_id": "",
            "digest": "",
            "data": UnknownData(),
            "traceparent": "",
        }
    )


class BinaryMode:
    """The functions of this module as one object, for machinery that is given its codec."""

    encode = staticmethod(encode)
    decode = staticmethod(decode)
    watermark = staticmethod(watermark)
    is_watermark = staticmethod(is_watermark)


CODEC = BinaryMode()
