"""What callers send and get, and how a body is read."""

from __future__ import annotations

from typing import Annotated, Literal, TypeVar

import msgspec

from kernel.errors import ValidationFailed
from services.metering.application.batch import EventResult
from services.metering.application.reported import AgentId, OccurredAt, ReportedUsage, UsageId

LARGEST_BATCH = 1_000
LARGEST_BODY = 4_000_000
B = TypeVar("B")
Outcome = Literal["inserted", "duplicate", "ignored"]
Batch = Annotated[list[msgspec.Raw], msgspec.Meta(max_length=LARGEST_BATCH)]


class Events(msgspec.Struct, forbid_unknown_fields=True):
    events: Annotated[list[ReportedUsage], msgspec.Meta(max_length=LARGEST_BATCH)]


class _RawEvents(msgspec.Struct, forbid_unknown_fields=True):
    events: Batch


class _Named(msgspec.Struct):
    id: UsageId


class Message(msgspec.Struct, forbid_unknown_fields=True):
    id: UsageId
    occurred_at: OccurredAt | None = None
    is_playground: bool = False
    agent_id: AgentId | None = None


class Conversation(msgspec.Struct, forbid_unknown_fields=True):
    id: UsageId
    is_playground: bool = False
    agent_id: AgentId | None = None


class FirstTurn(msgspec.Struct, forbid_unknown_fields=True):
    occurred_at: OccurredAt | None = None
    is_playground: bool = False
    agent_id: AgentId | None = None


class Results(msgspec.Struct):
    results: list[EventResult]


class Allowed(msgspec.Struct):
    """`limit` and `remaining` are null when unlimited."""

    allowed: bool
    used: int
    limit: int | None
    remaining: int | None
    resets_at: str


class Counted(msgspec.Struct):
    id: str
    status: Outcome


class FirstTurnCounted(msgspec.Struct):
    """`after_expiry`: the hold had run out before; the conversation counts all the same."""

    id: str
    status: Outcome
    after_expiry: bool
    month: str


class Started(msgspec.Struct):
    """`hold_expires_at` is null where nothing is held: counted already, or a playground."""

    id: str
    status: Literal["started", "duplicate", "ignored"]
    hold_expires_at: str | None


class Released(msgspec.Struct):
    """How the conversation stands now; only a hold can be released."""

    id: str
    status: Annotated[str, msgspec.Meta(description="released, expired, metered or playground")]


class UnitFigures(msgspec.Struct):
    conversations: int
    messages: int


class RemainingUnits(msgspec.Struct):
    conversations: int | None
    messages: int | None


class Entitlements(msgspec.Struct):
    """All that a host needs to know for a turn. In `limits` stand `conversations` and `messages`
    a month and the plan's named limits: null is unlimited, 0 of a named one blocks. `held` counts
    conversations whose first turn is not complete; they take from `remaining`."""

    workspace_id: str
    plan: str | None
    limits: dict[str, int | None]
    used: UnitFigures
    held: UnitFigures
    remaining: RemainingUnits
    can_start_conversation: bool
    can_send_message: bool
    max_tokens: int
    removes_branding: bool
    period: str
    resets_at: str


def read(body: bytes, kind: type[B]) -> B:
    """Raises ValidationFailed, naming the field."""
    if len(body) > LARGEST_BODY:
        raise ValidationFailed("The body is too large.")
    try:
        return msgspec.json.decode(body, type=kind)
    except msgspec.ValidationError as error:
        message, _, path = str(error).partition(" - at `$")
        field = ".".join(["body", *path.rstrip("`").strip(".").split(".")]).rstrip(".")
        raise ValidationFailed(fields=[{"field": field, "message": message}]) from error
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise ValidationFailed("The body is not valid JSON.") from error


def read_events(body: bytes) -> list[ReportedUsage | EventResult]:
    """What can't be read of a single event is refused in its place. Raises ValidationFailed when
    the request as a whole can't be read."""
    try:
        return list(msgspec.json.decode(body, type=Events).events)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return [_read_event(raw) for raw in read(body, _RawEvents).events]


def _read_event(raw: msgspec.Raw) -> ReportedUsage | EventResult:
    try:
        return msgspec.json.decode(raw, type=ReportedUsage)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        try:
            usage_id = msgspec.json.decode(raw, type=_Named).id
        except (msgspec.DecodeError, UnicodeDecodeError):
            return EventResult(None, "rejected", str(error))
        return EventResult(usage_id, "rejected", str(error))
