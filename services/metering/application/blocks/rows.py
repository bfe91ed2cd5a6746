"""Which rows of the log hold the events that somebody asks for."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from runtime.postgres.database import Database
from services.metering.application.blocks.reading import BlockRow
from services.metering.application.known_ids.keys import key_of

# The stream of the blocks themselves.
LOG = UUID(int=0)
_ROWS = (
    "SELECT notification_id, originator_id::text, originator_version, topic, state, recorded_at, "
    "refused FROM metering_events "
)
_STRETCH = """
WHERE notification_id >= (SELECT min(notification_id) FROM metering_events
                           WHERE notification_id > %s)
  AND notification_id < %s + (SELECT min(notification_id) FROM metering_events
                               WHERE notification_id > %s)
ORDER BY notification_id LIMIT %s
"""
_HOLDING = """
WHERE notification_id IN (SELECT (SELECT min(notification_id) FROM metering_events
                                   WHERE notification_id >= wanted)
                            FROM unnest(%s::bigint[]) AS wanted)
ORDER BY notification_id
"""
_OF_STREAM = "WHERE originator_id = %s ORDER BY originator_version"
_OF_KEY = "WHERE originator_id = %s AND keys @> ARRAY[%s::bigint] ORDER BY originator_version"


def stretch(database: Database, after: int, events: int) -> list[BlockRow]:
    """At least one row, where there is one behind that position, and hardly more events than
    asked for."""
    return _read(database, _STRETCH, (after, events, after, events))


def holding(database: Database, positions: Sequence[int]) -> list[BlockRow]:
    """Those among whose events are the ones at these positions."""
    return _read(database, _HOLDING, (list(positions),))


def of_stream(database: Database, stream: UUID) -> list[BlockRow]:
    """Those of a stream, or, where it has none, the block that may hold its only event."""
    high = int.from_bytes(key_of(stream.bytes)[:8], signed=True)
    return _read(database, _OF_STREAM, (stream,)) or _read(database, _OF_KEY, (LOG, high))


def _read(database: Database, condition: str, parameters: Sequence[object]) -> list[BlockRow]:
    rows = database.tuples(_ROWS + condition, parameters)
    return [BlockRow._make((*row[:-1], tuple(row[-1] or ()))) for row in rows]
