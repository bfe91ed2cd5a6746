"""Events on their way to one endpoint, in lanes: a lane keeps its order, lanes go side by side."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from services.notifications.domain.retries import Verdict

# A service's events of one key: a workspace, or an entry of a catalogue.
Lane = tuple[str, str]


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
    def lane(self) -> Lane:
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
    """`attempt` is None where the lane ended before it."""

    message: Message
    attempt: Attempt | None


def in_lanes(messages: Sequence[Message], blocked: Collection[Lane] = ()) -> list[list[Message]]:
    """Those of each lane, in their order, without lanes where earlier ones wait."""
    lanes: dict[Lane, list[Message]] = {}
    for message in messages:
        if message.lane not in blocked:
            lanes.setdefault(message.lane, []).append(message)
    return list(lanes.values())
