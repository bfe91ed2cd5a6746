"""The feed that reads topics. Positions lie in PostgreSQL; the group only shares the partitions."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, Generic, TypeVar, cast

from kafka import ConsumerRebalanceListener, KafkaConsumer, TopicPartition
from kafka.coordinator.assignors.cooperative_sticky import CooperativeStickyAssignor
from kafka.coordinator.base import MemberState  # type: ignore[attr-defined] # of older stubs

from runtime.feed.feed import Batch, Event, Log, Position, Step, Subscription
from runtime.feed.message import Codec, Malformed
from runtime.kafka.cluster import Kafka, KafkaUnavailable

E = TypeVar("E", bound=Event)
# A consumer that died is noticed after SESSION, so another one has taken over within 10 s.
SESSION_MS = 6_000
HEARTBEAT_MS = 1_500
# A rebalance waits for members that died, not longer than their session. After that start afresh.
REBALANCE_SECONDS = 2 * SESSION_MS / 1_000


class KafkaFeed(Generic[E]):
    """Each subscription is a member of its consumer's group."""

    def __init__(self, kafka: Kafka, codec: Codec[E]) -> None:
        self._kafka = kafka
        self._codec = codec

    def subscribe(
        self,
        consumer: str,
        services: Sequence[str],
        position_of: Callable[[Log], Position],
        batch_size: int,
        *,
        only: Sequence[str] = (),  # noqa: ARG002 - a broker brings all
    ) -> Subscription[E]:
        client = KafkaConsumer(
            **self._kafka.options,
            allow_auto_create_topics=False,
            group_id=self._kafka.group(consumer),
            enable_auto_commit=False,
            auto_offset_reset="earliest",
            isolation_level="read_committed",
            partition_assignment_strategy=(CooperativeStickyAssignor,),
            session_timeout_ms=SESSION_MS,
            heartbeat_interval_ms=HEARTBEAT_MS,
            max_partition_fetch_bytes=4 * 1024 * 1024,
        )
        topics = {self._kafka.topic(service): service for service in services}
        return _TopicSubscription(client, topics, self._codec, position_of, batch_size)

    def partitions(self, service: str) -> int:
        return self._kafka.partition_count(service)

    def heads(self, services: Sequence[str]) -> Mapping[Log, Position]:
        ends = self._kafka.end_offsets(services)
        return {Log(service, number): Position(0, end) for (service, number), end in ends.items()}


class _TopicSubscription(ConsumerRebalanceListener, Generic[E]):
    """A partition is settled when its stored position was read and the client sent there.

    The listener runs on the client's own thread and only unsettles; whoever polls settles. A batch
    from before a rebalance does no harm: its compare-and-set fails.
    """

    def __init__(
        self,
        client: KafkaConsumer,
        topics: Mapping[str, str],
        codec: Codec[E],
        position_of: Callable[[Log], Position],
        batch_size: int,
    ) -> None:
        self._client = client
        self._topics = topics
        self._codec = codec
        self._position_of = position_of
        self._batch_size = batch_size
        self._settled: dict[TopicPartition, Position] = {}
        self._stable_at = time.monotonic()
        client.subscribe(list(topics), listener=self)
        # The client asks for the topics' partitions while an older question is on its way, whose
        # answer then counts; so ask until they are known, before it joins the group without any.
        for topic in topics:
            client.partitions_for_topic(topic)

    def on_partitions_revoked(self, revoked: Sequence[TopicPartition]) -> None:
        self._unsettle(revoked)

    def on_partitions_lost(self, lost: Sequence[TopicPartition]) -> None:
        self._unsettle(lost)

    def on_partitions_assigned(self, assigned: Sequence[TopicPartition]) -> None:
        self._unsettle(assigned)

    def _unsettle(self, partitions: Sequence[TopicPartition]) -> None:
        for partition in partitions:
            self._settled.pop(partition, None)

    def _log(self, partition: TopicPartition) -> Log:
        return Log(self._topics[partition.topic], partition.partition)

    def _settle(self) -> None:
        for partition in self._client.assignment():
            if partition not in self._settled:
                self._send_to(partition, self._position_of(self._log(partition)))

    def _send_to(self, partition: TopicPartition, position: Position) -> None:
        self._client.seek(partition, position.offset)
        self._settled[partition] = position

    def _check_membership(self) -> None:
        """A poll that ends in the middle of a rebalance can leave the client waiting for ever: it
        looks again at what it joined with, finds nothing to do, and forgets the answer."""
        joined = self._client.group_metadata()  # type: ignore[no-untyped-call] # as above
        if joined.state is not MemberState.REBALANCING:
            self._stable_at = time.monotonic()
        elif time.monotonic() > self._stable_at + REBALANCE_SECONDS:
            raise KafkaUnavailable("the rebalance does not end")

    def next_batch(self, timeout: float) -> Batch[E] | None:
        self._check_membership()
        self._settle()
        polled = self._client.poll(int(timeout * 1_000), max_records=self._batch_size)
        batch = _Builder[E]()
        for partition, records in polled.items():
            before = self._settled.get(partition)
            if before is not None:
                self._step(batch, partition, before, self._read(batch, partition, records, before))
        if not polled:
            self._pass_markers(batch)
        return batch.built()

    def _read(
        self,
        batch: _Builder[E],
        partition: TopicPartition,
        records: Sequence[Any],
        before: Position,
    ) -> Position:
        """Adds what was not seen before; returns the position behind it. A relay that recovers
        sends events again, but within a partition their sequence only grows."""
        sequence, recorded_at = before.sequence, before.recorded_at
        service, decode = self._topics[partition.topic], self._codec.decode
        for record in records:
            try:
                event = decode(record.key, record.value, record.headers)
            except ValueError as error:
                malformed = _malformed(record, service, sequence, error)
                batch.add(cast(E, malformed), partition.partition, record.offset)
                continue
            if event.sequence > sequence:
                sequence, recorded_at = event.sequence, None
                if not self._codec.is_watermark(event):
                    recorded_at = event.recorded_at
                    batch.add(event, partition.partition, record.offset)
        return Position(sequence, records[-1].offset + 1, recorded_at)

    def _step(
        self, batch: _Builder[E], partition: TopicPartition, before: Position, after: Position
    ) -> None:
        batch.steps.append(Step(self._log(partition), before, after))
        self._settled[partition] = after

    def _pass_markers(self, batch: _Builder[E]) -> None:
        """The ends of transactions have offsets too: behind them nothing is left to read."""
        for partition in self._client.assignment():
            before = self._settled.get(partition)
            offset = self._client.position(partition, timeout_ms=0) if before else None
            if before is not None and offset is not None and offset > before.offset:
                self._step(batch, partition, before, replace(before, offset=offset))

    def rewind(self, log: Log, position: Position) -> None:
        for partition in self._client.assignment():
            if self._log(partition) == log:
                self._send_to(partition, position)

    def close(self) -> None:
        self._client.close(autocommit=False, timeout_ms=2_000)


def _malformed(record: Any, service: str, sequence: int, error: ValueError) -> Malformed:
    """What can't be read is no event, but has a place among them."""
    named = dict(record.headers)
    number = named.get("ce_sequence", b"")
    return Malformed(
        service=service,
        sequence=int(number) if number.isdigit() else sequence,
        type=named.get("ce_type", b"").decode("utf-8", "replace"),
        key=(record.key or b"").decode("utf-8", "replace"),
        recorded_at=datetime.fromtimestamp(record.timestamp / 1_000, UTC),
        value=record.value or b"",
        headers=record.headers,
        error=f"{type(error).__name__}: {error}"[:2_000],
    )


class _Builder(Generic[E]):
    def __init__(self) -> None:
        self.steps: list[Step] = []
        self._events: list[E] = []
        self._origins: list[tuple[int, int]] = []

    def add(self, event: E, partition: int, offset: int) -> None:
        self._events.append(event)
        self._origins.append((partition, offset))

    def built(self) -> Batch[E] | None:
        return Batch(self.steps, self._events, self._origins) if self.steps else None
