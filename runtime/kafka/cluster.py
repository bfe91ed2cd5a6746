"""One Kafka cluster: how to reach it, and the topics that must be there."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from typing import Any, TypeVar

from kafka import IsolationLevel, KafkaAdminClient, OffsetSpec, TopicPartition
from kafka.errors import (
    KafkaConnectionError,
    KafkaError,
    KafkaTimeoutError,
    TopicAlreadyExistsError,
)
from kafka.partitioner.default import murmur2

PARTITIONS = 12
REQUEST_SECONDS = 10
# Events are the history: they are kept for ever, every one of them. A transaction of the relay is
# at most some megabytes.
TOPIC_SETTINGS = {"retention.ms": "-1", "cleanup.policy": "delete", "max.message.bytes": "4194304"}
UNREACHABLE = (KafkaTimeoutError, KafkaConnectionError)
R = TypeVar("R")


class KafkaUnavailable(Exception):
    """No broker answers. It is worth trying again."""


def unavailable(error: KafkaError) -> KafkaUnavailable:
    return KafkaUnavailable(f"{type(error).__name__}: {error}")


class TopicsWrong(Exception):
    """A topic is missing, or cut into another number of partitions than configured."""


@lru_cache(maxsize=100_000)
def _hash(key: bytes) -> int:
    """Remembered, because hashing in Python costs more than the rest of a send."""
    return int(murmur2(key)) & 0x7FFFFFFF


def partition_of(key: bytes | str, count: int) -> int:
    """Where Kafka's clients in all languages put that key."""
    return _hash(key.encode() if isinstance(key, str) else key) % count


class Kafka:
    """`security` holds options of every client (`security_protocol`, `sasl_mechanism`, …).
    `prefix` sets topics, groups and transactions apart where several installations share a
    cluster. Replication -1 is the cluster's own default."""

    def __init__(
        self,
        bootstrap: str,
        *,
        prefix: str = "",
        partitions: int = PARTITIONS,
        replication: int = -1,
        security: Mapping[str, Any] | None = None,
    ) -> None:
        self.bootstrap = bootstrap
        self.prefix = prefix
        self.partitions = partitions
        self._replication = replication
        self._security = dict(security or {})
        self._lock = threading.Lock()
        self._client: KafkaAdminClient | None = None

    @property
    def options(self) -> dict[str, Any]:
        """What every client is built with: it looks for a lost broker every second."""
        return {
            "bootstrap_servers": self.bootstrap.split(","),
            "reconnect_backoff_max_ms": 1_000,
            "bootstrap_timeout_ms": REQUEST_SECONDS * 1_000,
            "metadata_max_age_ms": 30_000,
            **self._security,
        }

    def topic(self, service: str) -> str:
        return f"{self.prefix}{service}.events.v1"

    def dead_letter_topic(self, service: str, consumer: str) -> str:
        return f"{self.topic(service)}.dlt.{consumer}"

    def group(self, consumer: str) -> str:
        return f"{self.prefix}{consumer}"

    def create_topics(self, services: Sequence[str]) -> None:
        """Creates what is missing; raises TopicsWrong when a topic has other partitions."""
        for service in services:
            self._create(self.topic(service), self.partitions)
            self.check_topic(service)

    def create_plain_topic(self, topic: str) -> None:
        """Of one partition."""
        self._create(topic, 1)

    def _create(self, topic: str, partitions: int) -> None:
        wanted = {
            "num_partitions": partitions,
            "replication_factor": self._replication,
            "configs": TOPIC_SETTINGS,
        }
        try:
            self._ask(lambda admin: admin.create_topics({topic: wanted}, wait_for_metadata=True))
        except TopicAlreadyExistsError:
            return

    def check_topic(self, service: str) -> None:
        found = self.partition_count(service)
        if found != self.partitions:
            raise TopicsWrong(
                f"{self.topic(service)} has {found} partitions, configured are {self.partitions}: "
                "keys would move and lose their order"
            )

    def partition_count(self, service: str) -> int:
        topic = self.topic(service)
        [described] = self._ask(lambda admin: admin.describe_topics([topic]))
        if not described["partitions"]:
            raise TopicsWrong(f"the topic {topic} does not exist: create the topics first")
        return len(described["partitions"])

    def end_offsets(self, services: Sequence[str]) -> Mapping[tuple[str, int], int]:
        """The offset behind the last committed record, by service and partition."""
        wanted = {
            TopicPartition(self.topic(service), number): service
            for service in services
            for number in range(self.partitions)
        }
        latest = dict.fromkeys(wanted, OffsetSpec.LATEST)
        found = self._ask(
            lambda admin: admin.list_partition_offsets(latest, IsolationLevel.READ_COMMITTED)
        )
        return {(wanted[tp], tp.partition): found[tp].offset for tp in wanted}

    def is_reachable(self, seconds: float = REQUEST_SECONDS) -> bool:
        options = {**self.options, "bootstrap_timeout_ms": int(seconds * 1_000)}
        try:
            admin = KafkaAdminClient(**options)
        except UNREACHABLE:
            return False
        try:
            return bool(admin.describe_cluster()["brokers"])
        except UNREACHABLE:
            return False
        finally:
            admin.close()

    def close(self) -> None:
        with self._lock:
            self._forget_client()

    def _ask(self, question: Callable[[KafkaAdminClient], R]) -> R:
        """One client for all questions; after a failure the next one gets a new client."""
        with self._lock:
            try:
                if self._client is None:
                    wait = REQUEST_SECONDS * 1_000
                    self._client = KafkaAdminClient(**self.options, request_timeout_ms=wait)
                return question(self._client)
            except TopicAlreadyExistsError:
                raise
            except KafkaError as error:
                self._forget_client()
                raise unavailable(error) from error

    def _forget_client(self) -> None:
        client, self._client = self._client, None
        if client is not None:
            client.close()
