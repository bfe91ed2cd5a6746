"""What support and sales do at the sandbox."""

from __future__ import annotations

from datetime import datetime

from gateways.sandbox.simulation import dashboard
from gateways.sandbox.simulation.cards import CARDS, DECLINED_LATER, GOOD, SECURE_LATER
from gateways.sandbox.simulation.state import SandboxState
from tests.support.gateway_driver import SavedCard

SAVED: dict[SavedCard, str] = {"ok": GOOD, "declined": DECLINED_LATER, "3ds": SECURE_LATER}


class SandboxDashboard:
    def __init__(self, state: SandboxState) -> None:
        self._state = state

    def give_coupon(self, subscription: str, percent: int) -> None:
        with self._state.transaction() as ledger:
            dashboard.give_coupon(ledger, subscription, percent)

    def add_item(self, subscription: str, amount: int) -> None:
        with self._state.transaction() as ledger:
            dashboard.add_item(ledger, subscription, amount)

    def set_quantity(self, subscription: str, quantity: int) -> None:
        with self._state.transaction() as ledger:
            dashboard.set_quantity(ledger, subscription, quantity)

    def start_trial(self, subscription: str, until: datetime) -> None:
        with self._state.transaction() as ledger:
            dashboard.start_trial(ledger, subscription, until)

    def pause(self, subscription: str, resumes_at: datetime | None) -> None:
        with self._state.transaction() as ledger:
            dashboard.pause(ledger, subscription, resumes_at)

    def plan_price(self, subscription: str, price_ref: str) -> None:
        with self._state.transaction() as ledger:
            dashboard.plan_price(ledger, subscription, price_ref)

    def set_card(self, subscription: str, card: SavedCard) -> None:
        with self._state.transaction() as ledger:
            dashboard.set_card(ledger, subscription, CARDS[SAVED[card]])

    def delete_customer(self, subscription: str) -> None:
        with self._state.transaction() as ledger:
            dashboard.delete_customer(ledger, subscription)
