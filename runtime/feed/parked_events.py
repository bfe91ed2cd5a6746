"""Events set aside, as they lie in the consumer's database."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from runtime.feed.message import Headers, Message, RawMessage
from runtime.postgres.database import Cursor, Database, Row

Key = tuple[str, str]

PARKED = """
SELECT consumer, service, sequence, partition, "offset", type, key, value, headers, error, parked_at
FROM parked_events WHERE consumer = %s
"""
IDENTITY = """
consumer = %s AND service = %s AND sequence = %s AND partition = %s AND "offset" = %s
"""
IN_ORDER = ' ORDER BY service, key, sequence, "offset"'


@dataclass(frozen=True, slots=True)
class Parked:
    """An event set aside. `error` is empty when it only waits behind an earlier one of its key."""

    consumer: str
    service: str
    sequence: int
    partition: int
    offset: int
    type: str
    key: str
    message: Message
    error: str

    @property
    def log_key(self) -> Key:
        return self.service, self.key

    @property
    def identity(self) -> tuple[str, str, int, int, int]:
        return self.consumer, self.service, self.sequence, self.partition, self.offset


def parked_events(database: Database, consumer: str) -> list[Parked]:
    """Everything parked of a consumer, in the order in which a retry applies it."""
    return [_parked(row) for row in database.rows(PARKED + IN_ORDER, (consumer,))]


def lock_parked(cursor: Cursor, consumer: str) -> list[Parked]:
    """The same, while no follower of the consumer can park or apply anything."""
    cursor.execute("SELECT FROM positions WHERE consumer = %s FOR UPDATE", (consumer,))
    cursor.execute((PARKED + IN_ORDER).encode(), (consumer,))
    return [_parked(row) for row in cursor.fetchall()]


def forget_parked(cursor: Cursor, parked: Parked) -> None:
    cursor.execute(f"DELETE FROM parked_events WHERE {IDENTITY}".encode(), parked.identity)


def parked_count(database: Database, consumer: str) -> int:
    return parked_counts(database).get(consumer, 0)


def parked_counts(database: Database) -> dict[str, int]:
    """By consumer, of all that keep their positions there; those without are left out."""
    rows = database.rows("SELECT consumer, count(*) AS parked FROM parked_events GROUP BY consumer")
    return {row["consumer"]: int(row["parked"]) for row in rows}


def is_parked(database: Database, consumer: str, service: str, upto: int, key: str) -> bool:
    """Whether an event up to that sequence is parked; of one key, or of any when it is empty."""
    rows = database.rows(
        "SELECT FROM parked_events WHERE consumer = %s AND service = %s AND sequence <= %s "
        "AND %s IN (key, '') LIMIT 1",
        (consumer, service, upto, key),
    )
    return bool(rows)


def announce(database: Database, consumer: str, send: Callable[[Sequence[Parked]], None]) -> int:
    """Sends what was not announced yet, at least once, and returns how many that were."""
    query = PARKED + " AND announced_at IS NULL" + IN_ORDER + " FOR UPDATE SKIP LOCKED"
    mark = f"UPDATE parked_events SET announced_at = clock_timestamp() WHERE {IDENTITY}"
    with database.transaction(commit=True) as cursor:
        parked = [_parked(row) for row in cursor.execute(query.encode(), (consumer,)).fetchall()]
        if parked:
            send(parked)
            cursor.executemany(mark.encode(), [event.identity for event in parked])
    return len(parked)


def _parked(row: Row) -> Parked:
    headers: Headers = [(name, text.encode()) for name, text in row["headers"]]
    message = RawMessage(row["key"].encode(), bytes(row["value"]), headers)
    place = (row["sequence"], row["partition"], row["offset"])
    identity = (row["consumer"], row["service"], *place)
    return Parked(*identity, row["type"], row["key"], message, row["error"])
