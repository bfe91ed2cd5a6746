"""Events on their way to one endpoint: those of one ordering key keep their order, those of others
go beside them."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from services.notifications.domain.retries import Verdict

# A service, and a workspace or an entry of a catalogue.
OrderingKey = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Message:
    """`body` is what is sent, byte for byte. `first_at` is when it was first tried, and `attempts`
    how often since. `own_id` is of a message that is no event."""

    service: str
    sequence: int
    event_type: str
    key: str
    workspace: str
    body: bytes
    attempts: int = 0
    first_at: datetime | None = None
    own_id: str = ""

    @property
    def id(self) -> str:
        return self.own_id or f"{self.service}:{self.sequence}"

    @property
    def ordering_key(self) -> OrderingKey:
        return self.service, self.key


@dataclass(frozen=True, slots=True)
class Attempt:
    """`status` is None where there was no answer; `error` says why it was no delivery."""

    verdict: Verdict
    at: datetime
    latency_ms: int
    status: int | None = None
    error: str = ""
    asked: timedelta | None = None


@dataclass(frozen=True, slots=True)
class Sent:
    """`attempt` is None where one before it failed."""

    message: Message
    attempt: Attempt | None


def by_ordering_key(
    messages: Sequence[Message], blocked: Collection[OrderingKey] = ()
) -> list[list[Message]]:
    """Those of each key, in their order, without those of the `blocked` keys."""
    queues: dict[OrderingKey, list[Message]] = {}
    for message in messages:
        if message.ordering_key not in blocked:
            queues.setdefault(message.ordering_key, []).append(message)
    return list(queues.values())
