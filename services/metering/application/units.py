"""Events of the built-in meters: looked up, corrected."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from uuid import UUID

from kernel.cause import Cause
from kernel.clock import Clock
from runtime.eventstore.store import retry_conflicts
from runtime.eventstore.stream import Change, Stream
from runtime.postgres.database import Cursor
from services.metering.application.live_state import LiveState
from services.metering.application.months import number_in
from services.metering.application.recorder import UsageStore
from services.metering.application.stored import TOPICS
from services.metering.domain.accounts.usage import Correction
from services.metering.domain.errors import UsageNotFound
from services.metering.domain.events import ConversationMetered, MessageMetered
from services.metering.domain.identity import KINDS, Identity, correction_kind
from services.metering.domain.meters import BUILT_IN
from services.metering.domain.quota import Metric, Usage
from services.metering.domain.units import CORRECTIONS, Corrections, Unit, correct

# As the appending functions do it: under their lock, so that a figure is never moved beside them.
_LOCK = "LOCK TABLE metering_events IN EXCLUSIVE MODE"
_MOVE = """
UPDATE metering_quotas
   SET used = used + %s, position = (SELECT max(notification_id) + 1 FROM metering_events)
 WHERE workspace = %s AND metric = %s AND month = %s
"""


@dataclass(frozen=True, slots=True)
class CorrectedUnit:
    """How the event and its account stand, at that position of the log. `new`: by this command."""

    unit: Unit
    usage: Usage
    position: int
    new: bool


class BuiltInUsage:
    def __init__(self, store: UsageStore, state: LiveState, clock: Clock) -> None:
        self._store = store
        self._state = state
        self._clock = clock

    def limit_of(self, unit: Unit) -> int | None:
        return self._state.plans.of(unit.workspace).limit_of(unit.metric)

    async def find(self, workspace: str, metric: Metric, usage_id: str) -> Unit:
        """Raises UsageNotFound for what was never counted."""
        return await asyncio.to_thread(self._find, workspace, metric, usage_id)

    async def correct(
        self, workspace: str, metric: Metric, usage_id: str, correction: Correction, cause: Cause
    ) -> CorrectedUnit:
        """Raises UsageNotFound, and ValidationFailed for what is neither 0 nor 1."""
        if correction.value:
            BUILT_IN[metric].value_of(correction.value)
        unit = await asyncio.to_thread(self._counted, workspace, metric, usage_id)
        corrected = await asyncio.to_thread(self._correct, unit, correction, cause)
        self._state.heard()
        return corrected

    def _find(self, workspace: str, metric: Metric, usage_id: str) -> Unit:
        unit = self._counted(workspace, metric, usage_id)
        return (self._corrections(unit).state or Corrections()).of(unit)

    def _counted(self, workspace: str, metric: Metric, usage_id: str) -> Unit:
        """As it was counted. Raises UsageNotFound."""
        stream = str(UUID(bytes=Identity(workspace).of(KINDS[metric], usage_id)))
        found = [each for each in self._store.of_stream(stream) if each.topic == TOPICS[metric]]
        event = self._store.decode(found[0]) if found else None
        match event:
            case MessageMetered() | ConversationMetered():
                told = event.conversation_id if isinstance(event, MessageMetered) else None
                facts = (workspace, event.usage_id, event.month, event.timestamp, event.agent_id)
                return Unit(metric, *facts, conversation_id=told)
            case _:
                raise UsageNotFound

    @retry_conflicts
    def _correct(self, unit: Unit, correction: Correction, cause: Cause) -> CorrectedUnit:
        stream = self._corrections(unit)
        made = correct(stream.state, unit, correction, self._clock())
        account = (unit.workspace, unit.metric, number_in(unit.month))

        def move(cursor: Cursor) -> None:
            cursor.execute(_LOCK)
            for event in made:
                cursor.execute(_MOVE, (event.value - event.before, *account))

        change = Change(stream, made)
        position = self._store.append(change, cause=cause, within=move if made else None)
        known = self._corrections(unit).state or Corrections()
        [(_, usage)] = self._store.usage.figures_of([account])
        return CorrectedUnit(known.of(unit), usage, position, bool(made))

    def _corrections(self, unit: Unit) -> Stream[Corrections]:
        kind = correction_kind(unit.metric)
        identity = Identity(unit.workspace).of(kind, unit.usage_id)
        return self._store.load(CORRECTIONS, str(UUID(bytes=identity)))
