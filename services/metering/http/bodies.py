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
    used: Annotated[int, means("Counted this month.", 412)]
    limit: Annotated[int | None, means("A month.", 1000)]
    remaining: Annotated[int | None, means("What is left, holds taken off.", 587)]
    resets_at: ResetsAt


class Counted(msgspec.Struct):
    """The message is stored."""

    id: Annotated[str, means("The caller's own id.", "message-1")]
    status: Outcome


class FirstTurnCounted(msgspec.Struct):
    """The conversation is counted."""

    id: Id
    status: Outcome
    after_expiry: Annotated[bool, means("Whether the hold had run out before.", False)]
    month: Annotated[str, means("The UTC month it counts in.", "2026-11")]


class Started(msgspec.Struct):
    """The conversation may go on."""

    id: Id
    status: Annotated[
        Literal["started", "duplicate", "ignored"],
        means("`duplicate`: started before; `ignored`: a playground.", "started"),
    ]
    hold_expires_at: Annotated[
        str | None, means("Null where nothing is held.", "2026-11-26T10:30:00Z")
    ]


class Released(msgspec.Struct):
    """How the conversation stands now; only a hold can be released."""

    id: Id
    status: Annotated[ReleaseOutcome, means("`metered`: it was counted, and stays so.", "released")]


class UnitFigures(msgspec.Struct):
    """Of this month."""

    conversations: Annotated[int, means("Conversations.", 412)]
    messages: Annotated[int, means("Messages.", 6120)]


class RemainingUnits(msgspec.Struct):
    """What is left of this month; null is unlimited."""

    conversations: Annotated[int | None, means("Conversations.", 587)]
    messages: Annotated[int | None, means("Messages.", 13880)]


class MeterEntitlement(msgspec.Struct):
    """What a declared meter gives this month."""

    unit: Annotated[str, means("What is counted.", "tokens")]
    used: Annotated[int, means("Counted.", 3121)]
    reserved: Annotated[int, means("Held.", 4000)]
    limit: Annotated[int | None, means("The quota; null is unlimited.", 1_000_000)]
    mode: Annotated[Literal["hard", "soft"], means("A soft one refuses nothing.", "hard")]
    credits: Annotated[int, means("Free credits.", 50_000)]
    overdrawn: Annotated[int, means("Used beyond everything.", 0)]
    remaining: Annotated[
        int | None, means("Quota and credits that are left; null is unlimited.", 1_042_879)
    ]


class Override(msgspec.Struct):
    """What holds for this workspace instead of its plan."""

    kind: Annotated[Literal["quota", "limit", "feature"], means("Of what.", "quota")]
    name: Annotated[str, means("The meter, limit or feature.", "tokens")]
    value: Annotated[bool | int | str | None, means("What holds.", 5_000_000)]
    plan: Annotated[bool | int | str | None, means("The plan's; null is none.", 1_000_000)]
    until: Annotated[str | None, means("When it ends.", "2027-01-01T00:00:00Z")]


class Entitlements(msgspec.Struct):
    """All that a host needs to know for a turn."""

    workspace_id: Annotated[str, means("The workspace.", "acme")]
    plan: Annotated[str | None, means("The slug of the plan it lives on.", "pro-monthly")]
    limits: Annotated[
        dict[str, int | None],
        means(
            "`conversations` and `messages` a month, and the plan's named limits: null is "
            "unlimited, 0 of a named one blocks.",
            {"conversations": 1000, "messages": 20000, "agents": 5},
        ),
    ]
    used: Annotated[UnitFigures, means("What was counted.")]
    held: Annotated[
        UnitFigures,
        means("Conversations whose first turn is not complete; they take from `remaining`."),
    ]
    remaining: Annotated[RemainingUnits, means("What is left.")]
    can_start_conversation: Annotated[bool, means("What the quota check answers.", True)]
    can_send_message: Annotated[bool, means("What the message check answers.", True)]
    max_tokens: Annotated[int, means("Of a response.", 800)]
    removes_branding: Annotated[bool, means("A feature of the plan.", True)]
    features: Annotated[
        dict[str, bool | int | str | None], means("All, by name.", {"remove_branding": True})
    ]
    meters: Annotated[
        dict[str, MeterEntitlement],
        means(
            "Declared ones, by slug.",
            {
                "tokens": {
                    "unit": "tokens",
                    "used": 3121,
                    "reserved": 4000,
                    "limit": 1_000_000,
                    "mode": "hard",
                    "credits": 50_000,
                    "overdrawn": 0,
                    "remaining": 1_042_879,
                }
            },
        ),
    ]
    overrides: Annotated[list[Override], means("Empty where the plan holds.")]
    period: Annotated[str, means("The UTC month.", "2026-11")]
    resets_at: ResetsAt


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
