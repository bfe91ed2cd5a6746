"""Billing's plan catalogue on a real database, with the sandbox in place of each gateway."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from fastapi import FastAPI
from fastapi.testclient import TestClient

from contracts.envelope import Envelope
from gateways.port import Gateway
from gateways.sandbox.simulation.profiles import ProfileName
from gateways.sandbox.simulation.records import Price as SandboxPrice
from gateways.sandbox.simulation.state import SandboxState
from kernel.cause import Cause
from kernel.clock import utc_clock
from runtime.eventstore.store import EventStore
from runtime.postgres.database import Database
from runtime.web.auth import Access, Authenticator
from runtime.web.errors import handle_errors
from runtime.web.idempotency import IdempotencyKeys
from services.billing.application import Plans
from services.billing.domain.plan.create import PlanDefinition
from services.billing.domain.terms import Price, Terms
from services.billing.http.plans import plan_routes
from services.billing.published import publish
from services.billing.wiring import schema
from tests.support.sandbox_driver import SandboxDriver
from tests.support.tokens import SECRET, authenticator_of, bearer

CAUSE = Cause("user:root", "req_1", "request:req_1")
PROFILES: tuple[ProfileName, ...] = ("stripe", "paypal", "razorpay")
PRO = PlanDefinition(
    "pro-monthly",
    "Pro",
    Price(49_00, "USD", "month"),
    Terms(monthly_conversations=2_000, features={"remove_branding": True}, family="pro"),
)


ADMIN = bearer("super_admin", subject="root")
MEMBER = bearer(acme="viewer")


@dataclass
class Catalogue:
    """`drivers` by gateway name: a sandbox in that gateway's profile under that name."""

    database: Database
    store: EventStore
    plans: Plans
    drivers: dict[str, SandboxDriver]
    authenticator: Authenticator

    def client(self) -> TestClient:
        keys = IdempotencyKeys(self.database, self.authenticator)
        app = FastAPI()
        handle_errors(app)
        app.include_router(plan_routes(self.plans, self.store, keys, Access(self.authenticator)))
        return TestClient(app, raise_server_exceptions=False)

    def states(self, slug: str) -> dict[str, str]:
        plan = self.plans.get(slug)
        return {name: plan.sync_state(name) for name in self.drivers}

    def sold(self, slug: str, gateway: str) -> list[tuple[str, Price]]:
        """The prices at which a gateway really sells a plan, with their references."""
        with self.drivers[gateway].state.transaction() as ledger:
            return [
                (price.id, Price(price.amount.amount, price.amount.currency, price.interval))
                for price in ledger.every(SandboxPrice)
                if price.product == f"prod_{slug}" and price.active
            ]

    def topics(self, slug: str) -> list[str]:
        return [type(event).__name__ for event in self.store.stream(f"plan:{slug}")]

    def published(self) -> Sequence[Envelope]:
        return [publish(self.store, event) for event in self.store.read(0, 100_000)]


@contextmanager
def catalogue(
    database_url: str, directory: Path, gateways: Sequence[ProfileName] = PROFILES
) -> Iterator[Catalogue]:
    """Migrated and empty. `gateways` are the configured ones."""
    with ExitStack() as stack:
        database = stack.enter_context(Database(database_url, "billing"))
        store = EventStore("billing", database)
        schema(store).migrate()
        drivers: dict[str, SandboxDriver] = {}
        for name in gateways:
            state = SandboxState(directory / f"{name}.sqlite")
            stack.callback(state.close)
            drivers[name] = SandboxDriver(state, name)
            drivers[name].rename(name)
        adapters: dict[str, Gateway] = {name: driver.gateway for name, driver in drivers.items()}
        plans = Plans(store, adapters, utc_clock)
        yield Catalogue(database, store, plans, drivers, authenticator_of(SECRET))
