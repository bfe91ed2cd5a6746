"""A topic of one partition that is only added to, and read as a whole."""

from __future__ import annotations

from typing import Any

from kafka import KafkaConsumer, KafkaProducer, TopicPartition
from kafka.errors import KafkaError

from runtime.kafka.cluster import Kafka, KafkaUnavailable, unavailable
from runtime.kafka.writer import TIMEOUTS, WRITE_SECONDS

POLL_MS = 1_000
EMPTY_POLLS = 10


class PlainTopic:
    def __init__(self, kafka: Kafka, name: str) -> None:
        self._kafka = kafka
        self._name = f"{kafka.prefix}{name}"
        self._partition = TopicPartition(self._name, 0)

    def add(self, key: str, value: bytes) -> int:
        """The offset, once all replicas have it. Raises KafkaUnavailable."""
        self._kafka.create_plain_topic(self._name)
        try:
            producer = KafkaProducer(**self._kafka.options, **TIMEOUTS, acks="all")
            try:
                sent: Any = producer.send(self._name, value, key.encode(), partition=0)
                return int(sent.get(WRITE_SECONDS).offset)
            finally:
                producer.close(timeout=1)
        except KafkaError as error:
            raise unavailable(error) from error

    def all(self) -> list[bytes]:
        """Up to its present end. Raises KafkaUnavailable."""
        try:
            consumer = KafkaConsumer(**self._kafka.options, enable_auto_commit=False)
            try:
                return self._read(consumer)
            finally:
                consumer.close(autocommit=False)
        except KafkaError as error:
            raise unavailable(error) from error

    def _read(self, consumer: KafkaConsumer) -> list[bytes]:
        consumer.assign([self._partition])
        end = consumer.end_offsets([self._partition])[self._partition]
        consumer.seek_to_beginning(self._partition)
        found: list[bytes] = []
        empty = 0
        while (consumer.position(self._partition) or 0) < end:
            polled = consumer.poll(POLL_MS).get(self._partition, [])
            found += [record.value for record in polled]
            empty = 0 if polled else empty + 1
            if empty > EMPTY_POLLS:
                raise KafkaUnavailable(f"{self._name} does not give what it holds")
        return found
