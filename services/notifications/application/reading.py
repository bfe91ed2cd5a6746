"""What one endpoint reads: its own place in the logs, or a replay."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from runtime.feed.feed import Batch, Feed, Step, Subscription
from runtime.feed.positions import Positions
from runtime.postgres.database import Cursor
from services.notifications.application.replays import Replay
from services.notifications.domain.delivery import Message

BATCH_SIZE = 200


class Overtaken(Exception):
    """Another process has moved these positions: what was read is not ours to deal with."""


class Reading:
    """One consumer of the feed. For one thread, until it is closed."""

    def __init__(
        self,
        feed: Feed[Any],
        positions: Positions,
        consumer: str,
        services: Sequence[str],
        replay: Replay | None = None,
    ) -> None:
        self.consumer = consumer
        self.services = tuple(services)
        self.replay = replay
        self._positions = positions
        positions.shape(consumer, {each: feed.partitions(each) for each in services})
        self._subscription: Subscription[Any] = feed.subscribe(
            consumer, services, lambda log: positions.of(consumer, log), BATCH_SIZE
        )

    def next_batch(self, timeout: float) -> Batch[Any] | None:
        return self._subscription.next_batch(timeout)

    def includes(self, message: Message) -> bool:
        return self.replay is None or self.replay.includes(
            message.service, message.sequence, message.workspace
        )

    def advance(self, cursor: Cursor, steps: Sequence[Step]) -> None:
        """Raises Overtaken."""
        if not self._positions.advance(cursor, self.consumer, steps):
            raise Overtaken

    def again(self, steps: Sequence[Step]) -> None:
        """To where the stored positions are."""
        for step in steps:
            self._subscription.rewind(step.log, self._positions.of(self.consumer, step.log))

    def close(self) -> None:
        self._subscription.close()
