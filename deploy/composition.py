"""The composition root, with `security`, `front`, `outlets` and `event_flow`: settings in, running
parts out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, cast

from contracts.envelope import Envelope
from deploy import outlets
from deploy.audit.sources import audit_sources
from deploy.data_directory import close_to_others
from deploy.event_flow import EventFlow
from deploy.front import Front
from deploy.gateways import SandboxParts, build_gateways, build_sandbox
from deploy.security import Security
from deploy.settings import PARTS, ConfigurationError, Part, Settings
from deploy.tracing import build_tracing
from deploy.version import VERSION
from gateways.port import Gateway
from kernel.clock import Clock, utc_clock
from projections import wiring as projections
from projections.audit_trail.auditing import Auditor
from runtime.eventstore.vault import Vault
from runtime.feed.follower import BATCH_SIZE, Follower
from runtime.messaging.mailbox import Mailbox
from runtime.postgres import embedded_server
from runtime.postgres.database import Database
from runtime.postgres.migrations import Migration, Schema, SchemaMismatch
from runtime.process.service import Service
from runtime.readmodels.definition import ReadModel, ReadSide
from services.addons import wiring as addons
from services.billing import wiring as billing
from services.billing.application import Billing
from services.metering import wiring as metering
from services.notifications import wiring as notifications

if TYPE_CHECKING:
    from runtime.web.tracing import Tracing

POSTGRES_DIRECTORY = "postgres"
# Policies act on other systems one event at a time; a small batch is repeated after a failure.
POLICY_BATCH = 100


class Composition:
    """Builds each part once, when it is first asked for."""

    def __init__(self, settings: Settings, clock: Clock = utc_clock) -> None:
        self.settings = settings
        self.clock = clock
        self.security = Security(settings)
        self.front = Front(settings, self.security, clock, lambda: self.billing_database)
        self.events = EventFlow(settings, lambda: [self.billing, self.metering, self.addons])

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
    def tracing(self) -> Tracing | None:
        return build_tracing(self.settings.otlp_endpoint)

    @cached_property
    def vault(self) -> Vault:
        return Vault(Database(self.url_of("billing"), "vault", max_connections=3))

    @cached_property
    def sandbox(self) -> SandboxParts | None:
        return build_sandbox(self.settings, self.clock, self.front.renderer.hosted)

    @cached_property
    def gateways(self) -> Mapping[str, Gateway]:
        return build_gateways(self.settings, self.clock, self.sandbox)

    @cached_property
    def billing_database(self) -> Database:
        return Database(self.url_of("billing"), "billing")

    @cached_property
    def billing(self) -> Service:
        return billing.build(
            database=self.billing_database,
            gateways=self.gateways,
            access=self.security.access,
            authenticator=self.security.authenticator,
            vault=self.vault,
            clock=self.clock,
            page_links=self.front.links,
            staff_sign_in=self.front.staff_sign_in,
            past_due_days=self.settings.past_due_days,
            trials_once_per_payer=self.settings.trials_once_per_payer,
        )

    @cached_property
    def billing_use_cases(self) -> Billing:
        return billing.use_cases(
            database=Database(self.url_of("billing"), "billing"),
            gateways=self.gateways,
            vault=self.vault,
            clock=self.clock,
            past_due_days=self.settings.past_due_days,
        )

    @cached_property
    def metering(self) -> Service:
        return metering.build(
            database_url=self.url_of("metering"),
            access=self.security.access,
            authenticator=self.security.authenticator,
            clock=self.clock,
            decision_keys=self.security.secrets.decision_keys,
            head=self._head_of,
            known_workspaces_only=self.settings.known_workspaces_only,
        )

    @cached_property
    def mailbox(self) -> Mailbox | None:
        return outlets.mailbox_of(self.settings)

    @cached_property
    def addons(self) -> Service:
        return addons.build(
            database=Database(self.url_of("addons"), "addons"),
            gateways=self.gateways,
            access=self.security.access,
            authenticator=self.security.authenticator,
            vault=self.vault,
            clock=self.clock,
            mail=addons.MailSettings(
                smtp_url=self.settings.smtp_url,
                team_address=outlets.team_of(self.settings),
                sender=self.settings.mail_from,
                mailbox=self.mailbox,
                chat=outlets.chat_of(self.settings),
            ),
            public_url=self.settings.origin,
            head=self._head_of,
        )

    @cached_property
    def notifications(self) -> Service:
        return notifications.build(
            database=Database(self.url_of("notifications"), "notifications", max_connections=12),
            feed=lambda: self.events.feed,
            access=self.security.access,
            authenticator=self.security.authenticator,
            vault=self.vault,
            clock=self.clock,
            past_due_days=self.settings.past_due_days,
            mail=notifications.MailSettings(
                post=outlets.post_of(self.settings, self.mailbox),
                sender=self.settings.mail_from,
                team=outlets.team_of(self.settings),
                templates=self.settings.mail_templates,
                directory=outlets.directory_of(self.settings),
            ),
            webhooks=notifications.WebhookSettings(
                private=self.settings.private_webhooks,
                agent=f"workspace-billing/{VERSION}",
            ),
        )

    def _head_of(self, service: str) -> int | None:
        """None where events come by topics: a process that follows them need not reach other
        services' databases."""
        return None if self.events.kafka else self.events.stores[service].head()

    @cached_property
    def projections_database(self) -> Database:
        return Database(self.url_of("projections"), "projections")

    @cached_property
    def projections(self) -> Service:
        return projections.build(
            self.read_side,
            self.auditor,
            outlets.team_alarm(self.settings, self.mailbox),
            outlets.outlets_of(self.settings, lambda: self.events.kafka),
        )

    @cached_property
    def auditor(self) -> Auditor:
        return Auditor(
            *(self.read_side.positions, self.security.secrets.signing, self.read_models),
            sources=audit_sources(self),
            witness=outlets.witness_of(self.settings),
            clock=self.clock,
        )

    @cached_property
    def read_models(self) -> Sequence[ReadModel]:
        return projections.read_models(self.security.secrets.signing)

    @cached_property
    def read_side(self) -> ReadSide:
        return projections.read_side(
            self.projections_database,
            self.security.access,
            self.vault,
            self.clock,
            head=lambda service: self.events.stores[service].head(),
        )

    def service(self, part: Part) -> Service:
        return cast(Service, getattr(self, part))

    def services(self, parts: Sequence[Part] = PARTS) -> list[Service]:
        return [self.service(part) for part in parts]

    def followers(self, part: Part) -> list[Follower[Envelope]]:
        batch_size = BATCH_SIZE if part == "projections" else POLICY_BATCH
        return self.events.followers(self.service(part), batch_size, self.tracing)

    def migrate(self, parts: Sequence[Part] = PARTS) -> list[tuple[str, Migration]]:
        """Creates or upgrades every schema; safe to run from several processes at once. Returns
        what was applied, with its schema. Raises SchemaMismatch before anything is changed."""
        for schema in (schemas := self.schemas(parts)):
            schema.pending()
        applied = [(schema.name, each) for schema in schemas for each in schema.migrate()]
        if self.events.kafka is not None:
            self.events.kafka.create_topics(list(self.events.stores))
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
