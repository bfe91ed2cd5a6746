"""What a restore to an earlier moment does to a log, without the hour that it takes."""

from __future__ import annotations

from runtime.eventstore.store import EventStore


def cut(store: EventStore, after: int) -> None:
    """The log loses its events behind that sequence, and gives their sequences out again."""
    store.database.execute(f"DELETE FROM {store.table} WHERE notification_id > %s", (after,))
    store.database.rows(
        "SELECT setval(pg_get_serial_sequence(%s, 'notification_id'), greatest(%s, 1), %s)",
        (store.table, after, after > 0),
    )
