"""How events come from the services' logs to whoever follows them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any

from contracts.cloudevents import BinaryMode
from contracts.envelope import Envelope
from deploy.settings import ConfigurationError, Settings
from runtime.eventstore.store import EventStore
from runtime.feed.feed import EventStoreFeed, Feed, Publisher
from runtime.feed.follower import Follower
from runtime.feed.positions import Positions
from runtime.feed.wakeup import Wakeup
from runtime.kafka import DeadLetters, Kafka, KafkaFeed, TopicWriter
from runtime.kafka.relay import Relay
from runtime.process.service import Service

if TYPE_CHECKING:
    from runtime.web.tracing import Tracing

AUDIT_TRAIL = "audit_trail"
CODEC = BinaryMode()


class EventFlow:
    """`sources` gives the services that have a log. It is asked only by what reads a log: a process
    that follows topics needs no database but its own."""

    def __init__(self, settings: Settings, sources: Callable[[], Sequence[Service]]) -> None:
        self._settings = settings
        self._sources = sources

    @cached_property
    def stores(self) -> Mapping[str, EventStore]:
        """The event stores by service name, wherever they live."""
        return {each.name: each.store for each in self._sources() if each.store}

    @cached_property
    def wakeup(self) -> Wakeup:
        channels: dict[str, list[str]] = {}
        for store in self.stores.values():
            channels.setdefault(store.database.url, []).append(store.channel)
        return Wakeup(channels)

    @cached_property
    def publishers(self) -> Mapping[str, Publisher[Any]]:
        return {
            service.name: Publisher(service.store, service.publish)
            for service in self._sources()
            if service.store and service.publish
        }

    @cached_property
    def store_feed(self) -> EventStoreFeed[Envelope]:
        return EventStoreFeed(self.publishers, self.wakeup)

    @cached_property
    def kafka(self) -> Kafka | None:
        """None where the event stores themselves are the feed."""
        chosen = self._settings
        if not chosen.kafka_bootstrap_servers:
            return None
        return Kafka(
            chosen.kafka_bootstrap_servers,
            prefix=chosen.kafka_prefix,
            security=_security(chosen),
        )

    @cached_property
    def feed(self) -> Feed[Envelope]:
        return KafkaFeed(self.kafka, CODEC) if self.kafka else self.store_feed

    def followers(
        self, service: Service, batch_size: int, tracing: Tracing | None
    ) -> list[Follower[Envelope]]:
        """One for each of its consumers. The audit chain needs the order of whole logs, which
        only the event stores have."""
        return [
            Follower(
                tracing.following(consumer) if tracing else consumer,
                self.store_feed if consumer.name == AUDIT_TRAIL else self.feed,
                service.positions,
                batch_size=batch_size,
                # Of a chain nothing can be set aside: what follows would be linked wrongly.
                codec=None if consumer.name == AUDIT_TRAIL else CODEC,
                dead_letters=DeadLetters(self.kafka) if self.kafka else None,
            )
            for consumer in service.consumers
        ]

    def relay(self, name: str) -> Relay[Envelope]:
        """Publishes one service's log; raises ConfigurationError without Kafka."""
        if self.kafka is None:
            raise ConfigurationError("BILLING_KAFKA_BOOTSTRAP_SERVERS is not set: nothing to relay")
        publisher = self.publishers[name]
        positions = Positions(publisher.store.database)
        return Relay(publisher, positions, TopicWriter(self.kafka, name), CODEC, self.wakeup)


def _security(settings: Settings) -> dict[str, str]:
    """Options of every Kafka client: SCRAM over TLS when a user is named."""
    if not settings.kafka_username:
        return {}
    return {
        "security_protocol": "SASL_SSL",
        "sasl_mechanism": "SCRAM-SHA-512",
        "sasl_plain_username": settings.kafka_username,
        "sasl_plain_password": settings.kafka_password,
        **({"ssl_cafile": settings.kafka_ca_file} if settings.kafka_ca_file else {}),
    }
