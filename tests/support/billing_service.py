"""Billing with its read model on a real database and a gateway's double; what runs in threads of
its own elsewhere is done here when a test says so."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from fastapi.testclient import TestClient

from contracts.envelope import Envelope
from gateways.port import Checkout, Gateway, SubscriptionSnapshot
from kernel.cause import Cause
from kernel.clock import Clock
from projections.plan_subscriptions.projector import READ_MODEL
from runtime.eventstore.store import EventStore
from runtime.eventstore.vault import Vault
from runtime.feed.positions import POSITION_TABLES, Positions
from runtime.messaging.inbox import Inbox
from runtime.postgres.database import Database
from runtime.postgres.migrations import Schema
from runtime.readmodels.definition import ReadSide
from runtime.readmodels.waiting import Waiting
from runtime.web.auth import Access
from runtime.web.idempotency import IdempotencyKeys
from services.billing.application import Billing, Plans
from services.billing.application.sweep import Sweep
from services.billing.domain.account.state import Account
from services.billing.domain.plan.create import PlanDefinition
from services.billing.domain.terms import Price, Terms
from services.billing.published import publish
from services.billing.wiring import schema as billing_schema
from tests.support.billing_app import Parts, billing_app
from tests.support.gateway_driver import Delivery, GatewayDriver
from tests.support.tokens import SECRET, authenticator_of, bearer

CAUSE = Cause("user:root", "req_1", "request:req_1")
ATTEMPTS = 3
FREE = PlanDefinition("free", "Free", Price(0, "USD", "month"), Terms(50), is_default=True)
ENTERPRISE = PlanDefinition("enterprise", "Enterprise", Price(0, "USD", "year"), Terms(0))
PRO = PlanDefinition("pro", "Pro", Price(4900, "USD", "month"), Terms(2000, family="pro"))
TEAM = PlanDefinition("team", "Team", Price(9900, "USD", "month"), Terms(5000))
YEARLY = PlanDefinition("pro-yearly", "Pro, yearly", Price(49000, "USD", "year"), Terms(2000))
SUCCESS = "https://app.example/done?session_id={CHECKOUT_SESSION_ID}"
BACK = "https://app.example/billing"


ROOT = bearer("super_admin", subject="root")
OWNER = bearer(acme="owner")
SUPPORT = bearer("support", subject="sue")
Json = dict[str, Any]


@dataclass
class BillingService:
    """Requests are made for the workspace `acme`. `drivers` by gateway name."""

    drivers: Mapping[str, GatewayDriver]
    database: Database
    read_database: Database
    store: EventStore
    billing: Billing
    client: TestClient
    projected: int = 0
    kept: list[Delivery] = field(default_factory=list)

    @property
    def driver(self) -> GatewayDriver:
        return next(iter(self.drivers.values()))

    @property
    def gateway(self) -> Gateway:
        return self.driver.gateway

    # --- what a customer does

    def post(self, path: str, body: Json | None = None, **options: Any) -> Any:
        headers = {**OWNER, **options.pop("headers", {})}
        url = f"/v1/billing/workspaces/acme{path}"
        return self.client.post(url, json=body, headers=headers, **options)

    def put_plan(self, plan: str) -> Any:
        url = "/v1/billing/workspaces/acme/plan"
        return self.client.put(url, json={"plan": plan}, headers=ROOT)

    def checkout(
        self, plan: str = "pro", gateway: str = "", quantity: int = 1, **options: Any
    ) -> Json:
        body = {
            "plan": plan,
            "gateway": gateway or self.gateway.name,
            "success_url": SUCCESS,
            "cancel_url": BACK,
            "quantity": quantity,
        }
        answer = self.post("/checkout", body, **options)
        assert answer.status_code == 201, answer.text
        started: Json = answer.json()
        return started

    def page(self, checkout_id: str) -> Checkout:
        known = self.account.checkouts[checkout_id]
        return Checkout(known.ref, known.url, known.expires_at)

    def pay(self, started: Json) -> str:
        """Pays the page and returns the subscription's reference at its gateway."""
        driver = self.drivers[started["gateway"]]
        page = self.page(started["checkout_id"])
        driver.approve(page)
        reference = driver.gateway.checkouts.fetch(page.ref).subscription
        assert reference
        return reference

    def subscribe(self, plan: str = "pro", gateway: str = "") -> str:
        """A workspace that has paid, as its webhooks told."""
        reference = self.pay(self.checkout(plan, gateway))
        self.deliver()
        return reference

    def reconcile(self, **body: Any) -> Json:
        answer = self.post("/reconcile", body or None)
        assert answer.status_code == 200, answer.text
        shown: Json = answer.json()
        return shown

    # --- what gateways and threads do

    def deliveries(self) -> list[tuple[str, Delivery]]:
        return [
            (name, delivery)
            for name, driver in self.drivers.items()
            for delivery in driver.deliveries()
        ]

    def deliver(self, *, times: int = 1, backwards: bool = False) -> None:
        """All webhooks so far reach us and are read."""
        waiting = self.deliveries() * times
        for name, delivery in waiting[::-1] if backwards else waiting:
            assert self.receive(delivery, name).status_code == 200
        self.read_inbox()

    def receive(self, delivery: Delivery, gateway: str = "") -> Any:
        raw, headers = delivery
        url = f"/webhooks/{gateway or self.gateway.name}"
        return self.client.post(url, content=raw, headers=headers)

    def read_inbox(self) -> None:
        while self.billing.read_inbox():
            continue

    def sweep(self) -> int:
        """At once and as if every account were due."""
        with self.database.transaction(commit=True) as cursor:
            cursor.execute(
                "UPDATE accounts SET next_check_at = '-infinity' WHERE next_check_at IS NOT NULL"
            )
        return self.billing.sweep()

    # --- what can be seen

    @property
    def account(self) -> Account:
        account = self.billing.accounts.find("acme")
        assert account is not None
        return account

    def events(self, workspace: str = "acme") -> list[str]:
        return [type(event).__name__ for event in self.store.stream(f"account:{workspace}")]

    def count(self, event: str) -> int:
        return self.events().count(event)

    def published(self) -> Sequence[Envelope]:
        return [publish(self.store, event) for event in self.store.read(0, 100_000)]

    def shown(self) -> Json:
        """The read model's answer once it has caught up."""
        events = self.published()
        with self.read_database.transaction(commit=True) as cursor:
            READ_MODEL.handle(cursor, [each for each in events if each.sequence > self.projected])
        self.projected = max((each.sequence for each in events), default=0)
        url = "/v1/projections/workspaces/acme/subscription"
        answer = self.client.get(url, headers=OWNER)
        assert answer.status_code == 200, answer.text
        body: Json = answer.json()
        return body

    def at_gateways(self) -> list[SubscriptionSnapshot]:
        return [
            snapshot
            for driver in self.drivers.values()
            for snapshot in driver.gateway.subscriptions.list_all()
        ]

    def charging(self) -> list[str]:
        """Subscriptions that a gateway would charge again."""
        return [
            each.ref
            for each in self.at_gateways()
            if each.status not in ("cancelled", "expired", "pending")
        ]


@contextmanager
def billing_service(
    database_url: str,
    drivers: Mapping[str, GatewayDriver],
    clock: Clock | None = None,
    wrap: Callable[[Gateway], Gateway] = lambda gateway: gateway,
    *,
    trials_once_per_payer: bool = False,
) -> Iterator[BillingService]:
    """Empty but for five plans. The clock is the first driver's, so that time may travel. `wrap`
    puts a fault in front of a gateway. The database may have been used by another billing."""
    first = next(iter(drivers.values()))
    ticks = clock or first.now
    with ExitStack() as stack:
        database = stack.enter_context(Database(database_url, "billing"))
        read_database = stack.enter_context(Database(database_url, "projections"))
        store, authenticator = EventStore("billing", database), authenticator_of(SECRET)
        vault = Vault(database)
        gateways = {name: wrap(driver.gateway) for name, driver in drivers.items()}
        plans = Plans(store, gateways, ticks)
        inbox = Inbox(database, vault, attempts=ATTEMPTS, first_pause=0.0)
        billing = Billing(
            *(store, plans, gateways, vault, ticks, inbox),
            trials_once_per_payer=trials_once_per_payer,
        )
        billing.sweep = Sweep(billing.accounts, billing.settlement, gateways, ticks, per_second=1e6)
        keys, positions = IdempotencyKeys(database, authenticator), Positions(read_database)
        if not _emptied(database):
            billing_schema(store).migrate()
            vault.schema.migrate()
            Schema(read_database, POSITION_TABLES, READ_MODEL.tables).migrate()
        for draft in (FREE, ENTERPRISE, PRO, TEAM, YEARLY):
            plans.create_plan(draft, CAUSE)
        side = ReadSide(
            *(read_database, positions, Access(authenticator), vault, ticks),
            Waiting(positions, lambda _: store.head()),
        )
        app = stack.enter_context(billing_app(Parts(billing, store, keys, side)))
        client = stack.enter_context(TestClient(app, raise_server_exceptions=False))
        yield BillingService(drivers, database, read_database, store, billing, client)


def _emptied(database: Database) -> bool:
    """Truncating is ten times quicker than creating. False: there was nothing to empty."""
    tables = database.rows(
        "SELECT format('%I.%I', schemaname, tablename) AS name FROM pg_tables "
        "WHERE schemaname IN ('billing', 'projections')"
    )
    if tables:
        names = ", ".join(str(row["name"]) for row in tables)
        with database.transaction(commit=True) as cursor:
            cursor.execute(f"TRUNCATE {names} RESTART IDENTITY".encode())
    return bool(tables)


def day_of(text: str | None) -> datetime:
    assert text is not None
    return datetime.fromisoformat(text)
