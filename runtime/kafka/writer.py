"""What fills topics: the relay's transactions, and dead letters."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

from kafka import KafkaProducer, TopicPartition
from kafka.errors import KafkaError, KafkaTimeoutError

from runtime.feed.message import Message
from runtime.feed.parked_events import Parked
from runtime.kafka.cluster import Kafka, KafkaUnavailable, partition_of, unavailable

WRITE_SECONDS = 15
TIMEOUTS: dict[str, Any] = {
    "delivery_timeout_ms": WRITE_SECONDS * 1_000,
    "max_block_ms": WRITE_SECONDS * 1_000,
    "request_timeout_ms": 5_000,
}
CHUNK_BYTES = 512 * 1024
# A flush ends the waiting: until then records gather, instead of leaving one by one.
LINGER_MS = 1_000
# A transaction right behind another is refused until the first one's end is written everywhere.
RETRY_MS = 10


class Sent(Protocol):
    """A record on its way; the client's own class has no types."""

    def get(self, timeout: float) -> object: ...


class TopicWriter:
    """Writes one service's events, a batch a transaction: all of it becomes visible, or nothing.

    So a partition never shows an event without the ones before it, and a second writer of the same
    service shuts out the first, even one that was only paused.
    """

    def __init__(self, kafka: Kafka, service: str) -> None:
        self._kafka = kafka
        self._topic = kafka.topic(service)
        self._partitions = [TopicPartition(self._topic, n) for n in range(kafka.partitions)]
        self._identity = f"{kafka.prefix}relay-{service}"
        self._producer: KafkaProducer | None = None

    def open(self) -> None:
        """Shuts out every former writer, and aborts what it left open. Raises KafkaUnavailable."""
        self.close()
        try:
            self._producer = KafkaProducer(
                **self._kafka.options,
                allow_auto_create_topics=False,
                transactional_id=self._identity,
                transaction_timeout_ms=WRITE_SECONDS * 1_000,
                **TIMEOUTS,
                batch_size=CHUNK_BYTES,
                linger_ms=LINGER_MS,
                retry_backoff_ms=RETRY_MS,
                max_request_size=4 * 1024 * 1024,
            )
            self._producer.partitions_for(self._topic)
            self._producer.init_transactions()
        except KafkaError as error:
            self.close()
            raise unavailable(error) from error

    def write(self, messages: Sequence[Message], watermark: Message | None) -> None:
        """Returns when all of it is committed, with `watermark` in every partition behind it.

        Raises KafkaUnavailable when that is not certain; then open it again and repeat: what was
        committed all the same is recognised by consumers.
        """
        producer = self._producer
        if producer is None:
            raise KafkaUnavailable("the writer is not open")
        records = [(self._partition(message.key), message) for message in messages]
        if watermark is not None:
            records += [(partition, watermark) for partition in self._partitions]
        try:
            producer.begin_transaction()
            _await(producer, _append(producer, records), WRITE_SECONDS)
            _commit(producer, WRITE_SECONDS)
        except KafkaError as error:
            self.close()
            raise unavailable(error) from error

    def _partition(self, key: bytes | None) -> TopicPartition:
        return self._partitions[partition_of(key or b"", len(self._partitions))]

    def close(self) -> None:
        producer, self._producer = self._producer, None
        if producer is not None:
            _close(producer)


def _await(producer: KafkaProducer, sent: Sequence[Sent], seconds: float) -> None:
    """Raises the first error; a flush alone tells of none."""
    producer.flush(seconds)
    for future in sent:
        future.get(0)


# What follows is private in the client, and unknown to its stubs: so these take `Any`.


def _append(producer: Any, records: Sequence[tuple[TopicPartition, Message]]) -> list[Sent]:
    """As the client's own `send`, which spends half of its time on asking, for every record again,
    what is the same for all: the topic's metadata, the transaction's state, the types."""
    for partition in {partition for partition, _ in records}:
        producer._transaction_manager.maybe_add_partition_to_transaction(partition)  # noqa: SLF001
    append = producer._accumulator.append  # noqa: SLF001
    return [
        append(partition, None, message.key, message.value, message.headers)[0]
        for partition, message in records
    ]


def _commit(producer: Any, seconds: float) -> None:
    """The client's own commit waits for ever when a broker dies over it."""
    result = producer._transaction_manager.begin_commit()  # noqa: SLF001
    producer._sender.wakeup()  # noqa: SLF001
    if not result.wait(seconds * 1_000):
        raise KafkaTimeoutError("no answer to the end of a transaction")


def _close(producer: Any) -> None:
    """Gives up what can't be delivered: the client's own closing would raise for it, and leave its
    threads and connections behind."""
    try:
        producer.close(timeout=1)
    except KafkaError:
        producer._sender.force_close()  # noqa: SLF001
        producer.close(timeout=1)


class DeadLetters:
    """Announces what a consumer parked on `<topic>.dlt.<consumer>`, in the original form plus
    where it came from and why. The parked events themselves stay in the consumer's database."""

    def __init__(self, kafka: Kafka) -> None:
        self._kafka = kafka

    def __call__(self, parked: Sequence[Parked]) -> None:
        """Returns when all are acknowledged; raises KafkaUnavailable."""
        topics = [self._kafka.dead_letter_topic(each.service, each.consumer) for each in parked]
        for topic in set(topics):
            self._kafka.create_plain_topic(topic)
        try:
            producer = KafkaProducer(**self._kafka.options, **TIMEOUTS)
            try:
                sent = [
                    producer.send(topic, each.message.value, each.message.key, self._headers(each))
                    for topic, each in zip(topics, parked, strict=True)
                ]
                _await(producer, sent, WRITE_SECONDS)
            finally:
                _close(producer)
        except KafkaError as error:
            raise unavailable(error) from error

    def _headers(self, parked: Parked) -> list[tuple[str, bytes]]:
        origin = {
            "dlt_topic": self._kafka.topic(parked.service),
            "dlt_partition": str(parked.partition),
            "dlt_offset": str(parked.offset),
            "dlt_consumer": parked.consumer,
            "dlt_error": parked.error or "waits behind an earlier event of its key",
        }
        added = [(name, text.encode()) for name, text in origin.items()]
        return [*parked.message.headers, *added]
