"""Puts the billing service together."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from fastapi import APIRouter

from gateways.port import Gateway
from kernel.cause import Cause
from kernel.clock import Clock
from runtime.eventstore.store import EventStore
from runtime.eventstore.vault import Vault
from runtime.feed.positions import POSITION_TABLES, Positions
from runtime.messaging.backlog import Backlog
from runtime.messaging.inbox import INBOX_TABLES
from runtime.postgres.database import Database
from runtime.postgres.migrations import Migrations, Schema
from runtime.process.failed_items import FAILED_ITEM_TABLES
from runtime.process.service import Service
from runtime.process.worker import Worker
from runtime.web.auth import Access, Authenticator
from runtime.web.idempotency import IDEMPOTENCY_TABLES, PURGE_SECONDS, IdempotencyKeys
from services.billing.application import Billing, Plans
from services.billing.application.billing import PAST_DUE_DAYS
from services.billing.application.derived_tables import derived_tables
from services.billing.application.page_links import PageLinks
from services.billing.http.accounts import account_routes
from services.billing.http.adjustments import adjustment_routes
from services.billing.http.billing_profile import billing_profile_routes
from services.billing.http.discounts import discount_routes
from services.billing.http.erasure import erasure_routes
from services.billing.http.overrides import overrides_routes
from services.billing.http.page_sessions import page_session_routes
from services.billing.http.plan_migrations import plan_migration_routes
from services.billing.http.plans import plan_routes
from services.billing.http.staff_sign_in import StaffSignIn, sign_in_routes
from services.billing.http.support import support_routes
from services.billing.http.webhook_retries import retry_routes
from services.billing.published import publish
from services.billing.webhooks import webhook_routes

SERVICE = "billing"
TABLES = Migrations(SERVICE, Path(__file__).parent / "migrations")
PLAN_SYNC_SECONDS = 60.0
INBOX_SECONDS = 1.0
# A reader waits for a gateway most of the time, and longest for one that hangs.
MORE_READERS = 3
BACKLOG_SECONDS = 2.0
SWEEP_SECONDS = 30.0
PLAN_MIGRATION_SECONDS = 30.0


def build(
    *,
    database: Database,
    gateways: Mapping[str, Gateway],
    access: Access,
    authenticator: Authenticator,
    vault: Vault,
    clock: Clock,
    page_links: PageLinks,
    staff_sign_in: StaffSignIn | None = None,
    past_due_days: int = PAST_DUE_DAYS,
    trials_once_per_payer: bool = False,
) -> Service:
    store = EventStore(SERVICE, database)
    keys = IdempotencyKeys(database, authenticator)
    positions = Positions(database)
    plans = Plans(store, gateways, clock)
    billing = Billing(
        *(store, plans, gateways, vault, clock),
        past_due_days=past_due_days,
        trials_once_per_payer=trials_once_per_payer,
    )
    readers = _readers(billing)
    return Service(
        name=SERVICE,
        routers=[
            *_routers(billing, keys, access, readers[0], page_links),
            *([sign_in_routes(staff_sign_in, page_links, access)] if staff_sign_in else []),
        ],
        schema=schema(store),
        positions=positions,
        workers=[*readers, *_workers(plans, billing, keys, database)],
        store=store,
        publish=publish,
        derived=derived_tables(positions),
        seed=lambda: _seed(plans),
        close=database.close,
    )


def _routers(
    billing: Billing, keys: IdempotencyKeys, access: Access, reader: Worker, links: PageLinks
) -> list[APIRouter]:
    store = billing.accounts.store
    return [
        plan_routes(billing.plans, store, keys, access),
        plan_migration_routes(billing.plan_migrations, store, keys, access),
        account_routes(billing, store, keys, access),
        adjustment_routes(billing, store, keys, access),
        discount_routes(billing.discounts, store, keys, access),
        billing_profile_routes(billing, store, keys, access),
        support_routes(billing, store, keys, access),
        erasure_routes(billing, store, keys, access),
        overrides_routes(billing, store, access),
        webhook_routes(billing.receive_webhook, reader.wake),
        retry_routes(billing.retry_webhook, store, reader.wake, access),
        *page_session_routes(links, store, keys, access),
    ]


def schema(store: EventStore) -> Schema:
    shared = (
        store.tables,
        POSITION_TABLES,
        IDEMPOTENCY_TABLES,
        INBOX_TABLES,
        FAILED_ITEM_TABLES,
    )
    return Schema(store.database, *shared, TABLES)


def _readers(billing: Billing) -> list[Worker]:
    """The first is woken by what comes."""
    return [
        Worker("billing.inbox", billing.read_inbox, INBOX_SECONDS),
        *(
            Worker(f"billing.inbox-{number}", billing.read_inbox.overdue, INBOX_SECONDS)
            for number in range(MORE_READERS)
        ),
    ]


def _workers(
    plans: Plans, billing: Billing, keys: IdempotencyKeys, database: Database
) -> list[Worker]:
    """But for the first, one process at a time does these."""
    return [
        Worker("billing.backlog", Backlog(database).measure, BACKLOG_SECONDS),
        Worker("billing.plan_sync", plans.sync_failed, PLAN_SYNC_SECONDS, leader_of=database),
        Worker("billing.idempotency", keys.purge, PURGE_SECONDS, leader_of=database),
        Worker("billing.sweep", billing.sweep, SWEEP_SECONDS, leader_of=database),
        Worker(
            *("billing.plan_migrations", billing.move_subscribers, PLAN_MIGRATION_SECONDS),
            leader_of=database,
        ),
    ]


def _seed(plans: Plans) -> None:
    plans.seed(Cause("cli"))


def use_cases(
    *,
    database: Database,
    gateways: Mapping[str, Gateway],
    vault: Vault,
    clock: Clock,
    past_due_days: int = PAST_DUE_DAYS,
) -> Billing:
    """For the command line; the schema is migrated."""
    store = EventStore(SERVICE, database)
    plans = Plans(store, gateways, clock)
    return Billing(store, plans, gateways, vault, clock, past_due_days=past_due_days)
