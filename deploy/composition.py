"""The composition root: settings in, running parts out. Nothing else builds a dependency."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, cast

from contracts.cloudevents import BinaryMode
from contracts.envelope import Envelope
from deploy.audit.states import stream_states
from deploy.edge import rates_of
from deploy.gateways import SandboxParts, build_gateways, build_sandbox
from deploy.setting_types import several
from deploy.settings import (
    PARTS,
    ConfigurationError,
    Part,
    Settings,
    close_to_others,
    development_secret,
)
from deploy.tracing import build_tracing
from gateways.port import Gateway
from kernel.clock import Clock, utc_clock
from projections import wiring as projections
from projections.audit_trail.auditing import Auditor, Sources
from projections.audit_trail.chain import Signer, key_id
from runtime.eventstore.store import EventStore
from runtime.eventstore.vault import Vault
from runtime.feed.feed import EventStoreFeed, Feed, Publisher
from runtime.feed.follower import BATCH_SIZE, Follower
from runtime.feed.positions import Positions
from runtime.feed.wakeup import Wakeup
from runtime.kafka import DeadLetters, Kafka, KafkaFeed, TopicWriter, partition_of
from runtime.kafka.relay import Relay
from runtime.postgres import embedded_server
from runtime.postgres.database import Database
from runtime.postgres.migrations import Migration, Schema, SchemaMismatch
from runtime.process.service import Service
from runtime.readmodels.definition import ReadModel, ReadSide
from runtime.web.auth import Access, Authenticator
from runtime.web.key_set import KeySet
from runtime.web.tokens import Keys, PublishedKeys, SharedSecrets, Verifier
from services.addons import wiring as addons
from services.billing import wiring as billing
from services.billing.application.doctor import Doctor
from services.metering import wiring as metering
from services.metering.application.decisions import Decisions
from services.metering.application.recorder import UsageStore

if TYPE_CHECKING:
    from runtime.web.tracing import Tracing

POSTGRES_DIRECTORY = "postgres"
AUDIT_TRAIL = "audit_trail"
CODEC = BinaryMode()
# Policies act on other systems one event at a time; a small batch is repeated after a failure.
POLICY_BATCH = 100


@dataclass(frozen=True)
class Secrets:
    """Newest first. `signing` are the audit keys' 32-byte seeds, and the roots of the decision ids'
    check values."""

    jwt: Sequence[str]
    signing: Sequence[bytes]

    @property
    def decision_keys(self) -> dict[str, str]:
        """By the id of the audit key of the same seed."""
        return {
            key_id(key): seed.hex()
            for key, seed in zip(Signer(self.signing).public_keys, self.signing, strict=True)
        }


class Composition:
    """Builds each part once, when it is first asked for."""

    def __init__(self, settings: Settings, clock: Clock = utc_clock) -> None:
        self.settings = settings
        self.clock = clock

    @cached_property
    def embedded_url(self) -> str:
        if self.settings.env == "production":
            raise ConfigurationError("production needs BILLING_DATABASE_URL, or one for each part")
        url = embedded_server.start(self.settings.data_dir / POSTGRES_DIRECTORY)
        close_to_others(self.settings.data_dir)
        return url

    def url_of(self, part: Part) -> str:
        return self.settings.own_url(part) or self.settings.database_url or self.embedded_url

    @cached_property
    def secrets(self) -> Secrets:
        """Production has those that its settings name, and perhaps none: each process gets its
        own. Development makes up the others."""
        settings = self.settings
        jwt, signing = several(settings.jwt_secret), settings.signing_seeds()
        if settings.env != "production":
            if not settings.jwks_url:
                jwt = jwt or [development_secret(settings, "jwt").hex()]
            signing = signing or [development_secret(settings, "signing")]
        return Secrets(jwt, signing)

    @cached_property
    def key_set(self) -> KeySet | None:
        """None where tokens are signed with a shared secret."""
        return KeySet(self.settings.jwks_url) if self.settings.jwks_url else None

    @cached_property
    def authenticator(self) -> Authenticator:
        keys: Keys = (
            PublishedKeys(self.key_set) if self.key_set else SharedSecrets(self.secrets.jwt)
        )
        audiences = several(self.settings.jwt_audience)
        return Authenticator(Verifier(keys, self.settings.jwt_issuer, audiences))

    @cached_property
    def tracing(self) -> Tracing | None:
        return build_tracing(self.settings.otlp_endpoint)

    @cached_property
    def access(self) -> Access:
        return Access(self.authenticator, rates_of(self.settings))

    @cached_property
    def vault(self) -> Vault:
        return Vault(Database(self.url_of("billing"), "vault", max_connections=3))

    @cached_property
    def sandbox(self) -> SandboxParts | None:
        return build_sandbox(self.settings, self.clock)

    @cached_property
    def gateways(self) -> Mapping[str, Gateway]:
        return build_gateways(self.settings, self.clock, self.sandbox)

    @cached_property
    def billing(self) -> Service:
        return billing.build(
            database=Database(self.url_of("billing"), "billing"),
            gateways=self.gateways,
            access=self.access,
            authenticator=self.authenticator,
            vault=self.vault,
            clock=self.clock,
        )

    @cached_property
    def doctor(self) -> Doctor:
        return billing.doctor(
            database=Database(self.url_of("billing"), "billing"),
            gateways=self.gateways,
            vault=self.vault,
            clock=self.clock,
        )

    @cached_property
    def metering(self) -> Service:
        return metering.build(
            database_url=self.url_of("metering"),
            access=self.access,
            authenticator=self.authenticator,
            clock=self.clock,
            decision_keys=self.secrets.decision_keys,
        )

    @cached_property
    def addons(self) -> Service:
        return addons.build(
            database=Database(self.url_of("addons"), "addons"),
            gateways=self.gateways,
            access=self.access,
            authenticator=self.authenticator,
            vault=self.vault,
            clock=self.clock,
            mail=addons.MailSettings(
                smtp_url=self.settings.smtp_url, team_address=self.settings.team_notify_email
            ),
            public_url=self.settings.origin,
        )

    @cached_property
    def projections_database(self) -> Database:
        return Database(self.url_of("projections"), "projections")

    @cached_property
    def projections(self) -> Service:
        return projections.build(self.read_side, self.auditor)

    @cached_property
    def auditor(self) -> Auditor:
        sources = Sources(
            publishers=lambda: self.publishers,
            states=lambda stream: stream_states(self.stores, stream),
            decision=self._explain_decision,
            partition_of=partition_of,
        )
        return Auditor(self.read_side.positions, self.secrets.signing, self.read_models, sources)

    def _explain_decision(self, identifier: str) -> Mapping[str, Any]:
        store = cast(UsageStore, self.stores["metering"])
        decisions = Decisions(store, self.secrets.decision_keys)
        return decisions.explain(decisions.read(identifier))

    @cached_property
    def read_models(self) -> Sequence[ReadModel]:
        return projections.read_models(self.secrets.signing)

    @cached_property
    def read_side(self) -> ReadSide:
        return projections.read_side(
            self.projections_database,
            self.access,
            self.vault,
            self.clock,
            head=lambda service: self.stores[service].head(),
        )

    def service(self, part: Part) -> Service:
        found: Service = getattr(self, part)
        return found

    def services(self, parts: Sequence[Part] = PARTS) -> list[Service]:
        return [self.service(part) for part in parts]

    @cached_property
    def stores(self) -> Mapping[str, EventStore]:
        """The event stores by service name, wherever they live."""
        found = (self.billing, self.metering, self.addons)
        return {service.name: service.store for service in found if service.store}

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
            for service in (self.billing, self.metering, self.addons)
            if service.store and service.publish
        }

    @cached_property
    def store_feed(self) -> EventStoreFeed[Envelope]:
        return EventStoreFeed(self.publishers, self.wakeup)

    @cached_property
    def kafka(self) -> Kafka | None:
        """None where the event stores themselves are the feed."""
        chosen = self.settings
        if not chosen.kafka_bootstrap_servers:
            return None
        return Kafka(
            chosen.kafka_bootstrap_servers,
            prefix=chosen.kafka_prefix,
            security=chosen.kafka_security,
        )

    @cached_property
    def feed(self) -> Feed[Envelope]:
        return KafkaFeed(self.kafka, CODEC) if self.kafka else self.store_feed

    def followers(self, part: Part) -> list[Follower[Envelope]]:
        """One for each consumer of a part. The audit chain needs the order of whole logs, which
        only the event stores have."""
        service = self.service(part)
        batch = BATCH_SIZE if part == "projections" else POLICY_BATCH
        return [
            Follower(
                self.tracing.following(consumer) if self.tracing else consumer,
                self.store_feed if consumer.name == AUDIT_TRAIL else self.feed,
                service.positions,
                batch_size=batch,
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

    def migrate(self, parts: Sequence[Part] = PARTS) -> list[tuple[str, Migration]]:
        """Creates or upgrades every schema; safe to run from several processes at once. Returns
        what was applied, with its schema. Raises SchemaMismatch before anything is changed."""
        schemas = self.schemas(parts)
        for schema in schemas:
            schema.pending()
        applied = [(schema.name, each) for schema in schemas for each in schema.migrate()]
        if self.kafka is not None:
            self.kafka.create_topics(list(self.stores))
        return applied

    def schemas(self, parts: Sequence[Part] = PARTS) -> list[Schema]:
        """The vault's with billing's, whose database it is in: others start without that one."""
        vault = [self.vault.schema] if "billing" in parts else []
        return vault + [service.schema for service in self.services(parts)]

    def check_schemas(self, parts: Sequence[Part]) -> None:
        """Raises SchemaMismatch when one is newer than this version, or not migrated to it."""
        for schema in self.schemas(parts):
            if pending := schema.pending():
                raise SchemaMismatch(
                    f"The schema {schema.name!r} lacks {pending[0]}: run `billing migrate`"
                )
