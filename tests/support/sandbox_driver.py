"""Drives the sandbox in each of its profiles, in process and in a file of its own."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Literal

from gateways import sandbox
from gateways.port import Checkout, Gateway
from gateways.sandbox import SandboxClient
from gateways.sandbox.simulation import charges, checkouts, disputes, subscriptions, swaps
from gateways.sandbox.simulation.cards import CARDS, DECLINED, GOOD
from gateways.sandbox.simulation.customers import customer_of, save_card
from gateways.sandbox.simulation.profiles import ProfileName
from gateways.sandbox.simulation.records import (
    Charge,
    CheckoutPage,
    PendingSwap,
    Price,
    Product,
    Record,
    RefundRecord,
)
from gateways.sandbox.simulation.signatures import HEADER, signature
from gateways.sandbox.simulation.state import SandboxState
from kernel.clock import utc_clock
from tests.support.gateway_driver import (
    Books,
    Dashboard,
    Delivery,
    Fault,
    GatewayDriver,
    SavedCard,
    Signer,
)
from tests.support.sandbox_dashboard import SAVED, SandboxDashboard

SECRETS: dict[Signer, str] = {
    "current": "whsec_current",
    "previous": "whsec_previous",
    "foreign": "whsec_foreign",
}
KINDS: dict[str, type[Record]] = {
    "product": Product,
    "price": Price,
    "checkout": CheckoutPage,
    "charge": Charge,
    "refund": RefundRecord,
}


class SandboxDriver:
    def __init__(self, state: SandboxState, profile: ProfileName) -> None:
        self.state = state
        self._profile: ProfileName = profile
        self.by_hand: Dashboard = SandboxDashboard(state)
        self.gateway = self._named("sandbox")

    def rename(self, name: str) -> None:
        """Several sandboxes stand in for several gateways."""
        self.gateway = self._named(name)

    def _named(self, name: str) -> Gateway:
        client = SandboxClient(self.state, "http://billing.example", utc_clock, self._profile, name)
        return sandbox.build(client, (SECRETS["current"], SECRETS["previous"]))

    def forget_prices(self) -> None:
        """As if the account were another one."""
        with self.state.transaction() as ledger:
            ledger.forget(Price)
            ledger.forget(Product)

    def now(self) -> datetime:
        return self.state.now()

    def approve(self, checkout: Checkout) -> None:
        with self.state.transaction() as ledger:
            checkouts.pay(ledger, checkout.ref, GOOD)

    def decline(self, checkout: Checkout) -> None:
        with self.state.transaction() as ledger:
            checkouts.pay(ledger, checkout.ref, DECLINED)

    def renew(self, subscription: str) -> None:
        with self.state.transaction() as ledger:
            subscriptions.renew(ledger, subscription, paid=True)

    def fail_payment(self, subscription: str) -> None:
        with self.state.transaction() as ledger:
            subscriptions.renew(ledger, subscription, paid=False)

    def recover_payment(self, subscription: str) -> None:
        with self.state.transaction() as ledger:
            subscriptions.recover(ledger, subscription)

    def suspend(self, subscription: str) -> None:
        with self.state.transaction() as ledger:
            subscriptions.suspend(ledger, subscription)

    def saved_method(self, customer_of_workspace: str, *, card: SavedCard) -> tuple[str, str]:
        with self.state.transaction() as ledger:
            customer = customer_of(ledger, customer_of_workspace)
            return customer.id, save_card(ledger, customer, CARDS[SAVED[card]]).id

    def confirm(self, charge: str, *, succeed: bool) -> None:
        with self.state.transaction() as ledger:
            if ledger.find(PendingSwap, charge) is not None:
                swaps.answer_bank(ledger, charge, succeed=succeed)
            else:
                charges.answer_bank(ledger, charge, succeed=succeed)

    def books(self, subscription: str) -> Books:
        with self.state.transaction() as ledger:
            paid = [
                charge
                for charge in ledger.every(Charge)
                if charge.description == f"Subscription {subscription}"
            ]
            refunds = [each for charge in paid for each in charges.refunds_of(ledger, charge.id)]
            withheld = [each for charge in paid for each in charges.disputes_of(ledger, charge.id)]
        return Books(
            paid=sum(each.amount.amount for each in paid),
            refunded=sum(each.amount.amount for each in refunds if each.status == "succeeded"),
            disputed=sum(each.amount.amount for each in withheld if each.status != "won"),
        )

    def refund_by_hand(self, invoice: str, amount: int) -> str:
        with self.state.transaction() as ledger:
            return disputes.refund_by_hand(ledger, invoice, amount).id

    def fail_refund(self, refund: str) -> None:
        with self.state.transaction() as ledger:
            disputes.fail_refund(ledger, refund)

    def open_dispute(self, invoice: str) -> str:
        with self.state.transaction() as ledger:
            return disputes.open_dispute(ledger, invoice).id

    def close_dispute(self, dispute: str, *, won: bool) -> None:
        with self.state.transaction() as ledger:
            disputes.close_dispute(ledger, dispute, won=won)

    def advance(self, by: timedelta) -> None:
        self.state.advance(by)

    def break_next(self, fault: Fault, calls: int = 1) -> None:
        self.state.plan_fault(fault, calls)

    def deliveries(self) -> list[Delivery]:
        with self.state.transaction() as ledger:
            bodies = []
            while (waiting := ledger.outbox.take()) is not None:
                ledger.outbox.settle(waiting.id, "delivered")
                bodies.append(waiting.body)
        return [self._signed(body, "current", timedelta()) for body in bodies]

    def resign(
        self, delivery: Delivery, *, by: Signer = "current", age: timedelta = timedelta()
    ) -> Delivery | None:
        return self._signed(delivery[0], by, age)

    def _signed(self, body: bytes, by: Signer, age: timedelta) -> Delivery:
        at = self.state.machine_time() - age
        return body, {
            "content-type": "application/json",
            HEADER: signature(body, SECRETS[by], at),
        }

    def effects(self, kind: Literal["product", "price", "checkout", "charge", "refund"]) -> int:
        with self.state.transaction() as ledger:
            return ledger.count(KINDS[kind])


@contextmanager
def _driver(profile: ProfileName) -> Iterator[GatewayDriver]:
    with tempfile.TemporaryDirectory() as directory:
        state = SandboxState(Path(directory) / "sandbox.sqlite")
        try:
            yield SandboxDriver(state, profile)
        finally:
            state.close()


@contextmanager
def stripe_profile() -> Iterator[GatewayDriver]:
    with _driver("stripe") as driver:
        yield driver


@contextmanager
def paypal_profile() -> Iterator[GatewayDriver]:
    with _driver("paypal") as driver:
        yield driver


@contextmanager
def razorpay_profile() -> Iterator[GatewayDriver]:
    with _driver("razorpay") as driver:
        yield driver
