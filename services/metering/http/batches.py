"""The body of a report: a list, each element of which is taken or refused by itself."""

from __future__ import annotations

import json
from typing import Annotated, Any

import msgspec

from kernel.text import is_line, printable
from runtime.web.json_body import is_suspicious
from services.metering.application.batch import EventResult
from services.metering.application.reported import ReportedUsage, UsageId
from services.metering.http.bodies import UNREADABLE, UNSTORABLE, read, unstorable
from services.metering.http.instants import truncated

LARGEST_BATCH = 1_000
Length = msgspec.Meta(max_length=LARGEST_BATCH, description=f"At most {LARGEST_BATCH}.")
Read = ReportedUsage | EventResult


class UsageReport(msgspec.Struct, forbid_unknown_fields=True):
    """Usage that happened."""

    events: Annotated[list[ReportedUsage], Length]


class _RawEvents(msgspec.Struct, forbid_unknown_fields=True):
    events: Annotated[list[msgspec.Raw], Length]


class _LooseEvents(msgspec.Struct, forbid_unknown_fields=True):
    events: Annotated[list[Any], Length]


class _Named(msgspec.Struct):
    id: UsageId


def read_events(body: bytes) -> list[Read]:
    """What can't be read of a single event, or be stored, is refused in its place. Raises
    ValidationFailed when the request as a whole can't be read."""
    body = truncated(body)
    try:
        events: list[ReportedUsage] = msgspec.json.decode(body, type=UsageReport).events
    except UNREADABLE:
        return [_storable(event) for event in _one_by_one(body)]
    return [_storable(event) for event in events] if is_suspicious(body) else list(events)


def _one_by_one(body: bytes) -> list[Read]:
    """msgspec passes over an element without reading it, but for lone surrogates: those the
    standard library reads."""
    try:
        return [_from_json(raw) for raw in msgspec.json.decode(body, type=_RawEvents).events]
    except UNREADABLE:
        pass
    try:
        loose = msgspec.convert(json.loads(body), type=_LooseEvents)
    except UNREADABLE:
        return list(read(body, UsageReport).events)  # raises, and says what is wrong
    return [_from_object(element) for element in loose.events]


def _from_json(raw: bytes) -> Read:
    try:
        return msgspec.json.decode(raw, type=ReportedUsage)
    except UNREADABLE as error:
        try:
            usage_id = msgspec.json.decode(raw, type=_Named).id
        except UNREADABLE:
            usage_id = None
        return _refused(usage_id, str(error))


def _from_object(element: Any) -> Read:
    try:
        return msgspec.convert(element, type=ReportedUsage)
    except UNREADABLE as error:
        usage_id = element.get("id") if isinstance(element, dict) else None
        return _refused(usage_id if isinstance(usage_id, str) else None, str(error))


def _storable(event: Read) -> Read:
    odd = None if isinstance(event, EventResult) else unstorable(event)
    if odd is None or isinstance(event, EventResult):
        return event
    return _refused(event.id, f"{odd} {UNSTORABLE}")


def _refused(usage_id: str | None, reason: str) -> EventResult:
    """Without an id that can't be told."""
    known = usage_id if usage_id is not None and is_line(usage_id) else None
    return EventResult(known, "rejected", printable(reason))
