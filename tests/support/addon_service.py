"""The add-on service with its read models on a real database and a gateway's double; what runs in
threads of its own elsewhere is done here when a test says so."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from fastapi.testclient import TestClient

from contracts.billing import PaymentMethodSaved, WebhookReceived
from contracts.envelope import Envelope, EventData
from gateways.port import Checkout, Gateway
from projections.addon_catalog.projector import READ_MODEL as ADDON_CATALOG
from projections.orders.projector import READ_MODEL as ORDERS
from projections.purchase_history.projector import READ_MODEL as PURCHASE_HISTORY
from runtime.eventstore.vault import Vault
from runtime.feed.feed import Log, Position, Step
from runtime.feed.positions import Positions
from runtime.postgres.database import Database
from services.addons.published import publish
from services.addons.wiring import Parts
from tests.support.gateway_driver import GatewayDriver
from tests.support.tokens import bearer

READ_MODELS = (ADDON_CATALOG, PURCHASE_HISTORY, ORDERS)
SETUP = {
    "slug": "setup",
    "name": "Professional set-up",
    "price_cents": 49_900,
    "currency": "EUR",
    "description": "We set it up.",
    "features": ["A call", "An import"],
    "sort_order": 1,
}


ROOT = bearer("super_admin", subject="root")
OWNER = bearer(acme="owner")


@dataclass
class Clock:
    """Stands still until it is moved."""

    now: datetime = field(default_factory=lambda: datetime(2026, 11, 22, 10, tzinfo=UTC))

    def __call__(self) -> datetime:
        return self.now

    def advance(self, by: timedelta) -> None:
        self.now += by


@dataclass
class AddonService:
    """`billing_log` counts the events that billing would have published."""

    driver: GatewayDriver
    database: Database
    read_database: Database
    vault: Vault
    clock: Clock
    parts: Parts
    client: TestClient
    positions: Positions
    billing_log: int = 0

    @property
    def gateway(self) -> Gateway:
        return self.driver.gateway

    def offer(self, **changed: Any) -> None:
        answer = self.client.post("/v1/addons/catalog", json={**SETUP, **changed}, headers=ROOT)
        assert answer.status_code == 201, answer.text

    def save_card(self, card: Any = "ok", workspace: str = "acme") -> None:
        """Billing publishes a payment method that the workspace has saved."""
        customer, method = self.driver.saved_method(workspace, card=card)
        saved = PaymentMethodSaved(
            workspace_id=workspace,
            gateway=self.gateway.name,
            customer_ref=customer,
            payment_method_ref=method,
            brand="visa",
            last4="4242",
        )
        self.billing_says(saved, workspace)

    def deliver_webhooks(self, *, times: int = 1, backwards: bool = False) -> None:
        """What the gateway has to say goes through billing's inbox to our policies."""
        delivered = [self.gateway.webhooks.verify(*each) for each in self.driver.deliveries()]
        for event in (delivered[::-1] if backwards else delivered) * times:
            received = WebhookReceived(
                gateway=self.gateway.name,
                webhook_id=event.id,
                webhook_type=event.type,
                workspace_id=event.workspace_id,
                subscription_ref=event.subscription,
                checkout_ref=event.checkout,
                charge_ref=event.charge,
                customer_ref=event.customer,
            )
            self.billing_says(received, event.workspace_id)

    def billing_says(self, data: EventData, workspace: str) -> None:
        self.billing_log += 1
        event = Envelope(
            service="billing",
            sequence=self.billing_log,
            type=data.TYPE,
            key=workspace,
            subject=workspace,
            time=self.clock(),
            recorded_at=self.clock(),
            stream=f"account:{workspace}",
            version=1,
            actor="test",
            correlation_id="",
            causation_id="",
            digest="",
            data=data,
        )
        with self.database.transaction(commit=True) as cursor:
            self.parts.handle(cursor, [event])

    def buy(self, headers: Mapping[str, str] = OWNER, ws: str = "acme", **body: Any) -> Any:
        return self.client.post(
            f"/v1/addons/workspaces/{ws}/purchases",
            json={"addon": "setup", **body},
            headers=dict(headers),
        )

    def bought(self, **body: Any) -> str:
        """The id of a purchase that was paid at once, or is pending."""
        answer = self.buy(**body)
        assert answer.status_code in (201, 202), answer.text
        return str(answer.json()["purchase_id"])

    def hosted_checkout(self, purchase_id: str) -> Checkout:
        """Of a purchase."""
        purchase = self.parts.purchases.get(purchase_id)
        assert purchase.checkout_ref
        return Checkout(purchase.checkout_ref, purchase.confirmation_url or "")

    def pay_hosted_checkout(self, purchase_id: str) -> None:
        self.driver.approve(self.hosted_checkout(purchase_id))

    def decline_hosted_checkout(self, purchase_id: str) -> None:
        self.driver.decline(self.hosted_checkout(purchase_id))

    def command(
        self, purchase_id: str, verb: str, headers: Mapping[str, str] = ROOT, **body: Any
    ) -> Any:
        return self.client.post(
            f"/v1/addons/purchases/{purchase_id}/{verb}",
            json=body or None,
            headers=dict(headers),
        )

    def status(self, purchase_id: str) -> str:
        return self.parts.purchases.get(purchase_id).status

    def topics(self, workspace: str = "acme", addon: str = "setup") -> list[str]:
        stream = self.parts.store.stream(f"purchase:{workspace}:{addon}")
        return [type(event).__name__ for event in stream]

    def published(self) -> list[Envelope]:
        store = self.parts.store
        return [publish(store, recorded) for recorded in store.read(0, 100_000)]

    def follow(self) -> None:
        """The policies and read models read what they have not read yet."""
        events = self.published()
        self._apply(self.parts.positions, "addons.policies", self.parts.handle, events)
        for model in READ_MODELS:
            self._apply(self.positions, model.name, model.handle, events)

    def sweep(self) -> None:
        """Time passes until everything that waits is looked up, and the team notified."""
        self.clock.advance(timedelta(hours=1))
        self.work()

    def work(self) -> None:
        """The workers do what is due."""
        self.follow()
        self.parts.sweep.settle_due()
        self.follow()
        self.parts.notifications.deliver_due()
        self.follow()

    def show(self, path: str, headers: Mapping[str, str] = OWNER, **query: Any) -> Any:
        self.follow()
        answer = self.client.get(f"/v1/projections/{path}", headers=dict(headers), params=query)
        assert answer.status_code == 200, answer.text
        return answer.json()

    @staticmethod
    def _apply(
        positions: Positions,
        consumer: str,
        handle: Callable[[Any, Sequence[Envelope]], None],
        events: Sequence[Envelope],
    ) -> None:
        log = Log("addons")
        with positions.database.transaction(commit=True) as cursor:
            before = positions.lock(cursor, consumer)[log]
            new = [event for event in events if event.sequence > before.sequence]
            if new:
                step = Step(log, before, Position(new[-1].sequence))
                assert positions.advance(cursor, consumer, [step])
                handle(cursor, new)


def refund_by_hand(addons: AddonService, purchase_id: str) -> None:
    """All of it, in the gateway's dashboard."""
    ref = addons.parts.purchases.get(purchase_id).charge_ref or ""
    amount = addons.gateway.payments.fetch(ref).amount
    addons.gateway.payments.refund("by-hand", ref, amount, "in the dashboard")
