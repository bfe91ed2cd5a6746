"""What callers send and get, and how a body is read."""

from __future__ import annotations

from typing import Annotated, Any, Literal, TypeVar

import msgspec

from kernel.errors import ValidationFailed
from kernel.text import is_line, printable
from runtime.web.json_body import is_suspicious
from services.metering.application.batch import EventResult
from services.metering.application.reported import (
    AgentId,
    ConversationId,
    HumanTakeover,
    OccurredAt,
    UsageId,
)
from services.metering.http.instants import truncated

UNSTORABLE = "has a character that can't be stored"
# Deep nesting, and numbers that are too long, are no errors of msgspec's own.
UNREADABLE = (msgspec.DecodeError, ValueError, RecursionError)
B = TypeVar("B", bound=msgspec.Struct)
RESULT = {"id": "message-1", "status": "inserted"}


def means(description: str, *examples: Any) -> msgspec.Meta:
    return msgspec.Meta(description=description, examples=list(examples))


Outcome = Annotated[
    Literal["inserted", "duplicate", "ignored"],
    means("`duplicate`: this id was counted before; `ignored`: a playground's.", "inserted"),
]
ReleaseOutcome = Literal["released", "expired", "metered", "playground"]
Playground = Annotated[bool, means("A playground's counts nothing.", False)]
Id = Annotated[str, means("The caller's own id.", "conversation-1")]
Used = Annotated[int, means("Counted this month.", 412)]
MonthlyLimit = Annotated[int | None, means("A month; null is unlimited.", 1000)]
Remaining = Annotated[int | None, means("What is left, holds taken off; null is unlimited.", 587)]
ResetsAt = Annotated[str, means("When the next month starts.", "2026-12-01T00:00:00Z")]


class Message(msgspec.Struct, forbid_unknown_fields=True):
    """A visitor's message."""

    id: UsageId
    occurred_at: OccurredAt | None = None
    is_playground: Playground = False
    agent_id: AgentId | None = None
    conversation_id: ConversationId | None = None
    human_takeover: HumanTakeover = False


class Conversation(msgspec.Struct, forbid_unknown_fields=True):
    """A conversation that is about to start."""

    id: UsageId
    is_playground: Playground = False
    agent_id: AgentId | None = None


class FirstTurn(msgspec.Struct, forbid_unknown_fields=True):
    """The first turn of a conversation."""

    occurred_at: OccurredAt | None = None
    is_playground: Playground = False
    agent_id: AgentId | None = None


class UsageResults(msgspec.Struct):
    """What became of each event."""

    results: Annotated[list[EventResult], means("In the order given.", [RESULT])]


class Allowed(msgspec.Struct):
    """There is room; `limit` and `remaining` are null when unlimited."""

    allowed: Annotated[bool, means("Always true: a refusal is a 429.", True)]
    used: Used
    limit: MonthlyLimit
    remaining: Remaining
    resets_at: ResetsAt


class Counted(msgspec.Struct):
    """The message is stored; the quota of this month stands so."""

    id: Annotated[str, means("The caller's own id.", "message-1")]
    status: Outcome
    used: Used
    limit: MonthlyLimit
    remaining: Remaining


class FirstTurnCounted(msgspec.Struct):
    """The conversation is counted; the quota of this month stands so."""

    id: Id
    status: Outcome
    after_expiry: Annotated[bool, means("Whether the hold had run out before.", False)]
    month: Annotated[str, means("The UTC month it counts in.", "2026-11")]
    used: Used
    limit: MonthlyLimit
    remaining: Remaining


class Started(msgspec.Struct):
    """The conversation may go on; the quota of this month stands so."""

    id: Id
    status: Annotated[
        Literal["started", "duplicate", "ignored"],
        means("`duplicate`: started before; `ignored`: a playground.", "started"),
    ]
    hold_expires_at: Annotated[
        str | None, means("Null where nothing is held.", "2026-11-26T10:30:00Z")
    ]
    used: Used
    limit: MonthlyLimit
    remaining: Remaining


class Released(msgspec.Struct):
    """How the conversation and the quota stand now; only a hold can be released."""

    id: Id
    status: Annotated[ReleaseOutcome, means("`metered`: it was counted, and stays so.", "released")]
    used: Used
    limit: MonthlyLimit
    remaining: Remaining


def read(body: bytes, kind: type[B]) -> B:
    """Raises ValidationFailed, naming the field."""
    sent = _decoded(body, kind)
    odd = unstorable(sent) if is_suspicious(body) else None
    if odd is not None:
        raise ValidationFailed(fields=[{"field": f"body.{odd}", "message": UNSTORABLE}])
    return sent


def _decoded(body: bytes, kind: type[B]) -> B:
    try:
        return msgspec.json.decode(truncated(body), type=kind)
    except msgspec.ValidationError as error:
        message, _, path = str(error).partition(" - at `$")
        field = ".".join(["body", *path.rstrip("`").strip(".").split(".")]).rstrip(".")
        raise ValidationFailed(fields=[_field(field, message)]) from error
    except UNREADABLE as error:
        raise ValidationFailed("The body is not valid JSON.") from error


def unstorable(sent: msgspec.Struct) -> str | None:
    """The first field whose text can't be stored."""
    for name, value in msgspec.structs.asdict(sent).items():
        texts = (
            (value,)
            if isinstance(value, str)
            else value.values()
            if isinstance(value, dict)
            else ()
        )
        if not all(is_line(text) for text in texts if isinstance(text, str)):
            return name
    return None


def _field(field: str, message: str) -> dict[str, str]:
    return {"field": printable(field), "message": printable(message)}
