"""What is sent once more: an endpoint reads its log again, from a position, up to where it is.

While a replay runs nothing newer is read, so that the events of each key stay in order.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from runtime.feed.feed import Log, Position
from runtime.feed.positions import Positions
from runtime.postgres.database import Cursor, Database


@dataclass(frozen=True, slots=True)
class Replay:
    """`workspace`: only its events, or everybody's. It ends when `until` is reached."""

    id: str
    endpoint_id: str
    workspace: str | None
    until: Mapping[Log, Position]

    @property
    def consumer(self) -> str:
        return f"webhooks:{self.endpoint_id}:{self.id}"

    def includes(self, service: str, sequence: int, workspace: str) -> bool:
        """Where a broker counts, a little of what is newer may come with it."""
        ends = [at for log, at in self.until.items() if log.service == service]
        counted = any(at.offset for at in ends)
        behind = counted or sequence <= max((at.sequence for at in ends), default=0)
        return behind and self.workspace in (None, workspace)

    def is_over(self, positions: Mapping[Log, Position]) -> bool:
        return all(
            _reached(positions.get(log, Position()), position)
            for log, position in self.until.items()
        )


def _reached(position: Position, wanted: Position) -> bool:
    if wanted.offset:
        return position.offset >= wanted.offset
    return position.sequence >= wanted.sequence


class Replays:
    def __init__(self, database: Database, positions: Positions) -> None:
        self._database = database
        self._positions = positions

    def add(self, cursor: Cursor, replay: Replay, starts: Mapping[str, int], now: datetime) -> None:
        """`starts`: behind which sequence of each service to begin; others are left out."""
        cursor.execute(
            "INSERT INTO webhook_replays (id, endpoint_id, workspace, created_at) "
            "VALUES (%s, %s, %s, %s)",
            (replay.id, replay.endpoint_id, replay.workspace, now),
        )
        for log, position in replay.until.items():
            cursor.execute(
                "INSERT INTO webhook_replay_ends VALUES (%s, %s, %s, %s, %s)",
                (replay.id, log.service, log.partition, position.sequence, position.offset),
            )
        start = {log: Position(starts[log.service]) for log in replay.until}
        self._positions.begin(cursor, replay.consumer, start)

    def next_of(self, endpoint_id: str) -> Replay | None:
        """The one to be done first."""
        found = self.of(endpoint_id)
        return found[0] if found else None

    def of(self, endpoint_id: str) -> Sequence[Replay]:
        rows = self._database.rows(
            'SELECT id, workspace, service, partition, sequence, "offset" FROM webhook_replays '
            "JOIN webhook_replay_ends ON replay_id = id WHERE endpoint_id = %s "
            "ORDER BY created_at, id, service, partition",
            (endpoint_id,),
        )
        ends: dict[str, dict[Log, Position]] = {}
        workspaces = {row["id"]: row["workspace"] for row in rows}
        for row in rows:
            position = Position(row["sequence"], row["offset"])
            ends.setdefault(row["id"], {})[Log(row["service"], row["partition"])] = position
        return [Replay(name, endpoint_id, workspaces[name], end) for name, end in ends.items()]

    def end(self, replay: Replay) -> None:
        with self._database.transaction(commit=True) as cursor:
            self.remove(cursor, replay)

    def remove(self, cursor: Cursor, replay: Replay) -> None:
        cursor.execute("DELETE FROM webhook_replays WHERE id = %s", (replay.id,))
        self._positions.forget(cursor, replay.consumer)
