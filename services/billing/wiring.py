"""Puts the billing service together."""

from __future__ import annotations

from collections.abc import Mapping

from gateways.port import Gateway
from kernel.cause import Cause
from kernel.clock import Clock
from runtime.auth import Access, Authenticator
from runtime.database import Database
from runtime.event_store import EventStore
from runtime.follower import Positions
from runtime.idempotency import IdempotencyKeys
from runtime.service import Service
from runtime.vault import Vault
from runtime.worker import Worker
from services.billing.application import Billing, Plans
from services.billing.http.accounts import account_routes
from services.billing.http.plans import plan_routes
from services.billing.published import publish
from services.billing.webhooks import webhook_routes

SERVICE = "billing"
PLAN_SYNC_SECONDS = 60.0
INBOX_SECONDS = 1.0
SWEEP_SECONDS = 30.0


def build(
    *,
    database: Database,
    gateways: Mapping[str, Gateway],
    access: Access,
    authenticator: Authenticator,
    vault: Vault,
    clock: Clock,
) -> Service:
    store = EventStore(SERVICE, database)
    keys = IdempotencyKeys(database, authenticator)
    positions = Positions(database)
    plans = Plans(store, gateways, clock)
    billing = Billing(store, plans, gateways, vault, clock)
    reader = Worker("billing.inbox", billing.notifications.read_all, INBOX_SECONDS)

    def migrate() -> None:
        store.migrate()
        keys.migrate()
        positions.migrate()
        plans.migrate()
        billing.migrate()

    def seed() -> None:
        plans.seed(Cause("cli"))

    return Service(
        name=SERVICE,
        routers=[
            plan_routes(plans, store, keys, access),
            account_routes(billing, store, keys, access),
            webhook_routes(billing.notifications, reader.wake),
        ],
        migrate=migrate,
        positions=positions,
        workers=[
            Worker("billing.plan_sync", plans.sync_failed, PLAN_SYNC_SECONDS, leader_of=database),
            reader,
            Worker("billing.sweep", billing.sweeping.sweep, SWEEP_SECONDS, leader_of=database),
        ],
        store=store,
        publish=publish,
        seed=seed,
    )
