"""What an endpoint reads next: what stuck keys left, a replay, or what is new."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from kernel.clock import Clock
from kernel.ids import new_id
from runtime.feed.feed import Feed
from runtime.feed.positions import Positions
from runtime.postgres.database import Database
from services.notifications.application.gaps import Gaps
from services.notifications.application.reading import Reading
from services.notifications.application.replays import Replay, Replays
from services.notifications.domain.endpoint import Endpoint


@dataclass(slots=True)
class Readings:
    """One at a time is open; for one thread."""

    database: Database
    feed: Callable[[], Feed[Any]]
    positions: Positions
    gaps: Gaps
    replays: Replays
    offered: Sequence[str]
    clock: Clock
    _open: Reading | None = None

    def of(self, endpoint: Endpoint) -> Reading:
        """A replay comes before anything newer, and what was left before that."""
        replay = self.replays.next_of(endpoint.id) or self._of_gap(endpoint)
        if replay is not None and replay.is_over(self.positions.all_of(replay.consumer)):
            self.replays.end(replay)
            return self.of(endpoint)
        services = endpoint.services(self.offered)
        consumer = endpoint.consumer
        if replay is not None:
            services = sorted({each.service for each in replay.until})
            consumer = replay.consumer
        return self._opened(consumer, services, replay)

    def close(self) -> None:
        reading, self._open = self._open, None
        if reading is not None:
            reading.close()

    def _of_gap(self, endpoint: Endpoint) -> Replay | None:
        """A key is free that left events in the log. No replay runs now, which would bring later
        ones of it before."""
        gap = self.gaps.freed(endpoint.id)
        if gap is None:
            return None
        reached = self.positions.all_of(endpoint.consumer)
        until = {log: at for log, at in reached.items() if log.service == gap.service}
        replay = Replay(new_id("wr"), endpoint.id, gap.workspace, until)
        with self.database.transaction(commit=True) as cursor:
            self.gaps.close(cursor, endpoint.id, gap)
            if until:
                starts = {gap.service: gap.sequence}
                self.replays.add(cursor, replay, starts, self.clock())
        return replay if until else None

    def _opened(self, consumer: str, services: Sequence[str], replay: Replay | None) -> Reading:
        reading = self._open
        if reading is None or (reading.consumer, list(reading.services)) != (consumer, services):
            self.close()
            reading = Reading(self.feed(), self.positions, consumer, services, replay)
            self._open = reading
        return reading
