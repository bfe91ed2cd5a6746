"""Real event stores of billing, metering and the add-ons, and the ledger that follows them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal
from uuid import UUID

from eventsourcing.persistence import StoredEvent

from contracts.envelope import Envelope
from deploy.audit.states import stream_states
from kernel.cause import Cause
from projections.audit_trail.auditing import Auditor, Sources, nothing_beside
from projections.audit_trail.ledger import open_ledger
from projections.audit_trail.personal_data import PersonalData
from projections.audit_trail.verification import Beside
from projections.audit_trail.verified_heads import VERIFIED_HEADS_TABLES
from projections.audit_trail.witness import Witness
from projections.revenue.queries import movement_of
from runtime.eventstore.store import EventStore
from runtime.eventstore.stream import Change, Stream
from runtime.eventstore.vault import Vault
from runtime.feed.feed import EventStoreFeed, Publisher
from runtime.feed.follower import Follower
from runtime.feed.positions import POSITION_TABLES, Positions
from runtime.feed.wakeup import Wakeup
from runtime.messaging.inbox import Inbox
from runtime.postgres.database import Database
from runtime.postgres.migrations import Schema
from runtime.readmodels.definition import ReadModel
from services.addons.domain.addon.create import decide_create
from services.addons.domain.addon.entry import Entry
from services.addons.domain.addon.state import ADDON, stream_of
from services.addons.published import publish as publish_addons
from services.billing.domain.account.assign import decide_assign
from services.billing.domain.account.evolution import ACCOUNT, evolve
from services.billing.domain.account.open_account import decide_open_account
from services.billing.domain.account.state import account_stream
from services.billing.domain.account.subscription import AgreedPrice
from services.billing.domain.terms import Price
from services.billing.published import publish as publish_billing
from services.metering.application.decisions import Decisions
from services.metering.application.recorder import UsageStore
from services.metering.application.stored import TOPICS, cause_state, usage_state
from services.metering.application.turns import Turns
from services.metering.domain.identity import KINDS, Identity
from services.metering.domain.quota import Metric
from services.metering.published import publish as publish_metering
from tests.support.audit_history import MODEL, SEED, START

CAUSE = Cause("user:ann", "req_1", "request:req_1")
SECRET = "a secret"
CUSTOM = AgreedPrice(plan="custom", price=Price(0, "USD", "month"), price_ref="")


@dataclass
class AuditService:
    url: str
    billing: EventStore
    metering: UsageStore
    addons: EventStore
    positions: Positions
    models: Sequence[ReadModel] = (MODEL,)
    seeds: Sequence[bytes] = (SEED,)
    witness: Witness | None = None
    beside: Beside = nothing_beside

    @property
    def publishers(self) -> dict[str, Publisher[Any]]:
        return {
            "billing": Publisher(self.billing, publish_billing),
            "metering": Publisher(self.metering, publish_metering),
            "addons": Publisher(self.addons, publish_addons),
        }

    @property
    def auditor(self) -> Auditor:
        sources = Sources(
            publishers=lambda: self.publishers,
            states=lambda stream: stream_states(self.stores, stream),
            decision=self._explain_decision,
            movement=lambda event: movement_of(self.positions.database, event),
            personal_data=self._personal_data,
            beside=self.beside,
        )
        return Auditor(self.positions, self.seeds, self.models, sources, self.witness)

    @property
    def stores(self) -> dict[str, EventStore]:
        return {name: publisher.store for name, publisher in self.publishers.items()}

    def _explain_decision(self, identifier: str) -> Mapping[str, Any]:
        decisions = Decisions(self.metering, {"first": SECRET}, Turns())
        return decisions.explain(decisions.read(identifier))

    @contextmanager
    def _personal_data(self, workspace: str) -> Iterator[PersonalData]:
        with Database(self.url, "vault") as database, open_ledger(self.positions.database) as read:
            vault = Vault(database)
            yield PersonalData(read, Inbox(self.billing.database, vault), vault, workspace)

    def migrate(self) -> None:
        for publisher in self.publishers.values():
            publisher.store.migrate()
        tables = [model.tables for model in self.models]
        Schema(self.positions.database, POSITION_TABLES, VERIFIED_HEADS_TABLES, *tables).migrate()

    def follow(self, batch_size: int = 700) -> None:
        """Lets every read model apply all that is there."""
        feed: EventStoreFeed[Envelope] = EventStoreFeed(self.publishers, Wakeup({}))
        for model in self.models:
            follower = Follower(model.consumer(), feed, self.positions)
            self.positions.shape(model.name, dict.fromkeys(model.services, 1))
            position_of = lambda log, name=model.name: self.positions.of(name, log)  # noqa: E731
            subscription = feed.subscribe(model.name, model.services, position_of, batch_size)
            while batch := subscription.next_batch(0):
                follower.apply(subscription, batch)

    def assign(self, workspace: str, *plans: str) -> None:
        """An account whose plan is changed by hand, one event after the other."""
        stream = Stream(ACCOUNT, account_stream(workspace))
        events = decide_open_account(workspace, START)
        for number, plan in enumerate(plans):
            account = evolve(None, events[0])
            agreed = AgreedPrice(plan=plan, price=CUSTOM.price, price_ref="")
            at = START + timedelta(minutes=number)
            events += decide_assign(ACCOUNT.fold(account, events[1:]), agreed, at)
        self.billing.append(Change(stream, events), cause=CAUSE)

    def meter(
        self,
        workspace: str,
        metric: Metric,
        usage_ids: Sequence[str],
        at: datetime = START,
        cause: Cause = CAUSE,
    ) -> None:
        identity, raw = Identity(workspace), cause_state(cause)
        month = f"{at:%Y-%m}"
        events = [
            StoredEvent(
                UUID(bytes=identity.of(KINDS[metric], usage_id)),
                1,
                TOPICS[metric],
                usage_state(metric, at, raw, workspace, month, usage_id, None),
            )
            for usage_id in usage_ids
        ]
        # A longer pipeline of the library's fills both sides' buffers and stands still.
        for start in range(0, len(events), 100):
            self.metering.recorder.insert_events(events[start : start + 100])

    def catalogue(self, *slugs: str) -> None:
        for slug in slugs:
            entry = Entry(
                slug=slug,
                name=slug.title(),
                price_cents=49900,
                currency="EUR",
                description="",
                features=[],
                sort_order=0,
                is_active=True,
            )
            stream = self.addons.load(ADDON, stream_of(entry.slug))
            created = decide_create(stream.state, entry, START)
            self.addons.append(Change(stream, created), cause=CAUSE)

    def forget_the_ledger(self) -> None:
        """As somebody with a password would, who wants it all signed anew."""
        tables = "audit_trail, audit_trail_chains, audit_trail_checkpoints, audit_trail_usage"
        with self.positions.database.transaction(commit=True) as cursor:
            cursor.execute(f"TRUNCATE {tables}, audit_verifications, audit_heads".encode())
            cursor.execute(b"DELETE FROM positions WHERE consumer = 'audit_trail'")

    def fell_the_trees(self) -> None:
        """What tells exactly where history was altered."""
        with self.positions.database.transaction(commit=True) as cursor:
            cursor.execute(b"TRUNCATE audit_log_trees")

    def tamper(self, service: str, statement: str, *parameters: object) -> int:
        """Runs SQL against a service's event table as somebody with a password would; `{events}`
        names it. Returns how many rows were touched."""
        store = self.publishers[service].store
        with store.database.transaction(commit=True) as cursor:
            cursor.execute(statement.format(events=store.table).encode(), parameters or None)
            return cursor.rowcount


@contextmanager
def audit_service(url: str, *models: ReadModel, migrated: bool = False) -> Iterator[AuditService]:
    """`migrated`: the database is a copy that has all tables."""
    with ExitStack() as stack:

        def database(schema: str) -> Database:
            ids: Literal["uuid", "text"] = "uuid" if schema == "metering" else "text"
            return stack.enter_context(Database(url, schema, ids=ids))

        audit = AuditService(
            url,
            EventStore("billing", database("billing")),
            UsageStore(database("metering")),
            EventStore("addons", database("addons")),
            Positions(database("projections")),
            (*models, MODEL),
        )
        if not migrated:
            audit.migrate()
        yield audit
