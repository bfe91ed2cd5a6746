"""One event of a built-in meter, which counts 1 unless it was corrected."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import ClassVar

from kernel.decider import Decider
from kernel.events import CreatedEvent, DomainEvent
from services.metering.domain.accounts.usage import Correction
from services.metering.domain.events import MeteringEvent
from services.metering.domain.quota import Metric


@dataclass(frozen=True, kw_only=True)
class UnitCorrected(MeteringEvent):
    """`value` counts instead of `before`, on `usage_day`, in the month of the event."""

    usage_id: str
    correction_id: str
    usage_day: str
    agent_id: str | None
    before: int
    value: int
    reason: str


@dataclass(frozen=True, kw_only=True)
class MessageCorrected(UnitCorrected, CreatedEvent):
    """For the first time."""

    TOPIC: ClassVar[str] = "metering.MessageCorrected"


@dataclass(frozen=True, kw_only=True)
class MessageCorrectedAgain(UnitCorrected):
    TOPIC: ClassVar[str] = "metering.MessageCorrectedAgain"


@dataclass(frozen=True, kw_only=True)
class ConversationCorrected(UnitCorrected, CreatedEvent):
    """For the first time."""

    TOPIC: ClassVar[str] = "metering.ConversationCorrected"


@dataclass(frozen=True, kw_only=True)
class ConversationCorrectedAgain(UnitCorrected):
    TOPIC: ClassVar[str] = "metering.ConversationCorrectedAgain"


# The first time, and any other.
CORRECTED: Mapping[Metric, tuple[type[UnitCorrected], type[UnitCorrected]]] = {
    "message": (MessageCorrected, MessageCorrectedAgain),
    "conversation": (ConversationCorrected, ConversationCorrectedAgain),
}


@dataclass(frozen=True, slots=True)
class Unit:
    """As it was counted. `corrections`: the value that each of them set."""

    metric: Metric
    workspace: str
    usage_id: str
    month: str
    occurred_at: datetime
    agent_id: str | None = None
    conversation_id: str | None = None
    value: int = 1
    corrections: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Corrections:
    """Of one event: its value by now."""

    value: int = 1
    made: Mapping[str, int] = field(default_factory=dict)

    def of(self, unit: Unit) -> Unit:
        return replace(unit, value=self.value, corrections=self.made)


def evolve(state: Corrections | None, event: DomainEvent) -> Corrections:
    if not isinstance(event, UnitCorrected):
        raise TypeError(f"{type(event).__name__} corrects nothing")
    made = (state or Corrections()).made
    return Corrections(event.value, {**made, event.correction_id: event.value})


CORRECTIONS: Decider[Corrections] = Decider("metering.Corrections", evolve)


def correct(
    state: Corrections | None, unit: Unit, correction: Correction, now: datetime
) -> Sequence[UnitCorrected]:
    """Nothing for a correction that was made before."""
    known = state or Corrections()
    if correction.id in known.made:
        return []
    first, again = CORRECTED[unit.metric]
    kind = first if state is None else again
    corrected = kind(
        timestamp=now,
        workspace=unit.workspace,
        month=unit.month,
        usage_id=unit.usage_id,
        correction_id=correction.id,
        usage_day=unit.occurred_at.date().isoformat(),
        agent_id=unit.agent_id,
        before=known.value,
        value=correction.value,
        reason=correction.reason,
    )
    return [corrected]
