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
from services.billing.application import Plans
from services.billing.http.plans import plan_routes
from services.billing.published import publish

SERVICE = "billing"
PLAN_SYNC_SECONDS = 60.0


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

    def migrate() -> None:
        store.migrate()
        keys.migrate()
        positions.migrate()
        plans.migrate()

    def seed() -> None:
        plans.seed(Cause("cli"))

    return Service(
        name=SERVICE,
        routers=[
            plan_routes(plans, store, keys, access),
        ],
        migrate=migrate,
        positions=positions,
        workers=[
            Worker("billing.plan_sync", plans.sync_failed, PLAN_SYNC_SECONDS, leader_of=database),
        ],
        store=store,
        publish=publish,
        seed=seed,
    )
