"""What callers send and get, and how a body is read."""

from __future__ import annotations

from typing import Annotated, Literal, TypeVar

import msgspec

from kernel.errors import ValidationFailed
from kernel.text import is_line, printable
from runtime.web.json_body import is_suspicious
from services.metering.application.batch import EventResult
from services.metering.application.reported import AgentId, OccurredAt, UsageId

UNSTORABLE = "has a character that can't be stored"
# Deep nesting, and numbers that are too long, are no errors of msgspec's own.
UNREADABLE = (msgspec.DecodeError, ValueError, RecursionError)
B = TypeVar("B", bound=msgspec.Struct)
Outcome = Literal["inserted", "duplicate", "ignored"]


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
    sent = _decoded(body, kind)
    odd = unstorable(sent) if is_suspicious(body) else None
    if odd is not None:
        raise ValidationFailed(fields=[{"field": f"body.{odd}", "message": UNSTORABLE}])
    return sent


def _decoded(body: bytes, kind: type[B]) -> B:
    try:
        return msgspec.json.decode(body, type=kind)
    except msgspec.ValidationError as error:
        message, _, path = str(error).partition(" - at `$")
        field = ".".join(["body", *path.rstrip("`").strip(".").split(".")]).rstrip(".")
        raise ValidationFailed(fields=[_field(field, message)]) from error
    except UNREADABLE as error:
        raise ValidationFailed("The body is not valid JSON.") from error


def unstorable(sent: msgspec.Struct) -> str | None:
    """The first field whose text can't be stored."""
    for name, value in msgspec.structs.asdict(sent).items():
        if isinstance(value, str) and not is_line(value):
            return name
    return None


def _field(field: str, message: str) -> dict[str, str]:
    return {"field": printable(field), "message": printable(message)}
