"""The catalogue of meters."""

from __future__ import annotations

from uuid import UUID

from kernel.cause import Cause
from kernel.clock import Clock
from runtime.eventstore.store import EventStore, retry_conflicts
from runtime.eventstore.stream import Change
from runtime.postgres.database import Cursor
from services.metering.application.plan_assignments import next_revisions
from services.metering.domain.identity import METER_STREAM, Identity
from services.metering.domain.meters import METER, MeterDefinition, declare


class MeterCatalogue:
    def __init__(self, store: EventStore, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    @retry_conflicts
    def declare(self, meter: MeterDefinition, cause: Cause) -> bool:
        """Whether it is new. Raises MeterBuiltIn, MeterInUse and ValidationFailed."""
        stream = self._store.load(METER, stream_of(meter.slug))
        declared = declare(stream.state, meter, self._clock())
        if declared:

            def keep(cursor: Cursor) -> None:
                next_revisions(cursor)
                _keep(cursor, meter)

            self._store.append(Change(stream, declared), cause=cause, within=keep)
        return stream.state is None


def stream_of(slug: str) -> str:
    return str(UUID(bytes=Identity("meters").of(METER_STREAM, slug)))


def _keep(cursor: Cursor, meter: MeterDefinition) -> None:
    cursor.execute(
        "INSERT INTO metering_meters (revision, slug, unit, aggregation, dimensions, overdraft) "
        "VALUES (nextval('metering_revisions'), %s, %s, %s, %s, %s)",
        (meter.slug, meter.unit, meter.aggregation, list(meter.dimensions), meter.overdraft),
    )
