"""Sends one endpoint its events, those of a key in order: what waits first, then what is read.

What is behind the stored position was delivered, or waits as a row. A process that dies loses no
more than the record of its last round, whose events are sent again with the same ids.
"""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import structlog
from prometheus_client import Counter

from kernel.clock import Clock
from runtime.feed.feed import Batch, Feed
from runtime.feed.positions import Positions
from runtime.postgres.database import Cursor, Database
from services.notifications.application.deliveries import Deliveries, Kept
from services.notifications.application.endpoints import Endpoints
from services.notifications.application.gaps import Gaps
from services.notifications.application.notices import Notices
from services.notifications.application.outcomes import outcome, refused_keys, seen, unsent
from services.notifications.application.reading import Overtaken, Reading
from services.notifications.application.readings import Readings
from services.notifications.application.replays import Replays
from services.notifications.application.sender import AT_ONCE, Sender
from services.notifications.domain.delivery import Message, Sent, by_ordering_key
from services.notifications.domain.endpoint import Endpoint
from services.notifications.domain.overflow import Gap, overflow
from services.notifications.domain.retries import FAILING_KEYS, Pace, judge

log = structlog.get_logger()
ROUND = 200
ROUND_SECONDS = 5.0
# Ordering keys that are tried at an endpoint that takes nothing.
PROBES = 4
ATTEMPTS = Counter("webhook_attempts_total", "Attempts to deliver webhooks.", ["verdict"])


@dataclass(frozen=True, slots=True)
class Channels:
    """What the channels of all endpoints share. `message_of` makes a message of an event, None of
    what is no event. When `window` messages wait as rows, the log is read no further; keys that
    are stuck may have half of it."""

    database: Database
    feed: Callable[[], Feed[Any]]
    positions: Positions
    endpoints: Endpoints
    deliveries: Deliveries
    gaps: Gaps
    replays: Replays
    notices: Notices
    message_of: Callable[[Any], Message | None]
    offered: Sequence[str]
    new_sender: Callable[[], Sender]
    pace: Pace
    window: int
    clock: Clock


class Channel:
    """One endpoint's. `step` is for one thread, which enters it first."""

    def __init__(self, shared: Channels, endpoint_id: str) -> None:
        self._shared = shared
        self._id = endpoint_id
        self._sender = shared.new_sender()
        self._readings = Readings(
            database=shared.database,
            feed=shared.feed,
            positions=shared.positions,
            gaps=shared.gaps,
            replays=shared.replays,
            offered=shared.offered,
            clock=shared.clock,
        )
        self._runner = asyncio.Runner()

    @contextmanager
    def opened(self) -> Iterator[Channel]:
        try:
            yield self
        finally:
            self._readings.close()
            self._runner.run(self._sender.close())
            self._runner.close()

    def step(self, timeout: float) -> bool:
        """One round; False when the endpoint takes nothing any more. Waits up to `timeout` seconds
        for something to do. Raises WebhookEndpointNotFound."""
        endpoint = self._shared.endpoints.get(self._id)
        if endpoint.state != "enabled":
            return False
        again_at = endpoint.health.again_at
        if again_at is not None and again_at > self._shared.clock():
            self._readings.close()
            time.sleep(timeout)
            return True
        waited = self._send_waiting(endpoint)
        if self._shared.deliveries.waiting(self._id) < self._shared.window:
            self._send_new(endpoint, 0 if waited else timeout)
        elif not waited:
            time.sleep(timeout)
        return True

    def start_over(self) -> None:
        """Something failed: what was read and not recorded is read again."""
        self._readings.close()

    def _send_waiting(self, endpoint: Endpoint) -> bool:
        """Whether there was anything due. An endpoint that took nothing is probed when its own
        pause is over, with whatever waits: the pauses of its messages may be hours longer."""
        shared, health = self._shared, endpoint.health
        now = shared.clock() if health.again_at is None else None
        keys = ROUND if health.failing_since is None else PROBES
        due = shared.deliveries.due(self._id, now, keys=keys, limit=ROUND)
        if due:
            sent = self._runner.run(self._deliver(endpoint, by_ordering_key(due)))
            self._record(endpoint, sent, [])
        return bool(due)

    def _send_new(self, endpoint: Endpoint, timeout: float) -> None:
        if not endpoint.services(self._shared.offered):
            time.sleep(timeout)
            return
        reading = self._readings.of(endpoint)
        batch = reading.next_batch(timeout)
        if batch is None:
            return
        wanted = self._wanted(endpoint, batch, reading)
        blocked = self._shared.deliveries.blocked(self._id) if wanted else set()
        behind = [message for message in wanted if message.ordering_key in blocked]
        sent: list[Sent] = []
        if len(behind) < len(wanted):
            sent = self._runner.run(self._deliver(endpoint, by_ordering_key(wanted, blocked)))
        tried = [each for each in sent if each.attempt is not None]
        behind += [each.message for each in sent if each.attempt is None]
        kept, gaps = self._overflow(endpoint, tried, behind)

        def within(cursor: Cursor) -> None:
            reading.advance(cursor, batch.steps)
            self._shared.gaps.open(cursor, self._id, gaps)

        try:
            self._record(endpoint, tried, [unsent(each) for each in kept], within)
        except Overtaken:
            reading.again(batch.steps)

    def _wanted(self, endpoint: Endpoint, batch: Batch[Any], reading: Reading) -> list[Message]:
        found = [
            self._shared.message_of(event) for event in batch.events if endpoint.wants(event.type)
        ]
        included = [each for each in found if each is not None and reading.includes(each)]
        gaps = self._shared.gaps.of(self._id) if included else {}
        return [
            each
            for each in included
            if each.ordering_key not in gaps or each.sequence <= gaps[each.ordering_key].sequence
        ]

    def _overflow(
        self, endpoint: Endpoint, tried: Sequence[Sent], behind: Sequence[Message]
    ) -> tuple[Sequence[Message], Sequence[Gap]]:
        """Where it is the endpoint that takes nothing, everything is kept, up to the window."""
        deliveries, refused = self._shared.deliveries, refused_keys(tried)
        if not behind or endpoint.health.again_at is not None:
            return behind, []
        stuck = deliveries.put_off(self._id, self._shared.clock()) | refused
        works = any(each.message.ordering_key not in refused for each in tried)
        if not works and tried and len(stuck) >= FAILING_KEYS:
            return behind, []
        room = self._shared.window // 2 - deliveries.waiting(self._id)
        return overflow(behind, stuck, room)

    async def _deliver(self, endpoint: Endpoint, queues: Sequence[Sequence[Message]]) -> list[Sent]:
        """Several queues at a time, each in its order up to its first failure."""
        free, until = asyncio.Semaphore(AT_ONCE), time.monotonic() + ROUND_SECONDS
        most = len(queues) if endpoint.health.failing_since is None else PROBES

        async def follow(queue: Sequence[Message]) -> list[Sent]:
            async with free:
                return await self._follow(endpoint, queue, until)

        tried = await asyncio.gather(*map(follow, queues[:most]))
        left = [Sent(message, None) for queue in queues[most:] for message in queue]
        return [each for queue in tried for each in queue] + left

    async def _follow(
        self, endpoint: Endpoint, queue: Sequence[Message], until: float
    ) -> list[Sent]:
        sent: list[Sent] = []
        for index, message in enumerate(queue):
            if time.monotonic() > until:
                return [*sent, *(Sent(each, None) for each in queue[index:])]
            attempt = await self._sender.send(endpoint, message)
            ATTEMPTS.labels(attempt.verdict).inc()
            sent.append(Sent(message, attempt))
            if attempt.verdict != "delivered":
                return [*sent, *(Sent(each, None) for each in queue[index + 1 :])]
        return sent

    def _record(
        self,
        endpoint: Endpoint,
        sent: Sequence[Sent],
        behind: Sequence[Kept],
        within: Callable[[Cursor], None] = lambda _: None,
    ) -> None:
        """Rows, position and the endpoint's health, or none of them."""
        shared = self._shared
        kept = [outcome(each, endpoint.health, shared.pace, random.random()) for each in sent]  # noqa: S311 - spreads load
        with shared.database.transaction(commit=True) as cursor:
            within(cursor)
            # An endpoint that was removed meanwhile keeps no rows.
            cursor.execute("SELECT FROM webhook_endpoints WHERE id = %s FOR KEY SHARE", (self._id,))
            if cursor.rowcount == 1:
                shared.deliveries.keep(cursor, self._id, [*kept, *behind])
                if sent:
                    self._judge(cursor, endpoint, sent)

    def _judge(self, cursor: Cursor, endpoint: Endpoint, sent: Sequence[Sent]) -> None:
        shared, now = self._shared, self._shared.clock()
        failing = shared.deliveries.failing_keys(cursor, self._id)
        judged = judge(endpoint.health, seen(sent, failing), shared.pace, random.random(), now)  # noqa: S311
        if judged.health != endpoint.health:
            shared.endpoints.judge(cursor, self._id, judged.health)
        if judged.health.failing_since is None and endpoint.health.failing_since is not None:
            shared.deliveries.all_due(cursor, self._id)
        if judged.warn:
            shared.notices.will_be_disabled(cursor, endpoint, now)
        if judged.disabled_reason is not None:
            shared.endpoints.switch(cursor, self._id, judged.disabled_reason, now)
            shared.notices.was_disabled(cursor, endpoint, judged.disabled_reason, now)
            log.warning(
                "webhook_endpoint_disabled", endpoint=self._id, reason=judged.disabled_reason
            )
