"""Add-ons paid by PayPal's orders: approved by their payer, captured by us, forgotten unpaid."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import suppress
from decimal import Decimal
from itertools import cycle

from gateways.paypal.money import from_paypal
from gateways.port import Checkout
from tests.support.addon_money import Held
from tests.support.http_double import Json, Refused
from tests.support.paypal_driver import PayPalDriver
from tests.support.paypal_orders import returned

# What captures meet: for the payer, for good, for the merchant, and for a while.
REFUSALS = (
    "INSTRUMENT_DECLINED",
    "PAYER_CANNOT_PAY",
    "PAYEE_NOT_ENABLED_FOR_CARD_PROCESSING",
    "ORDER_COMPLETION_IN_PROGRESS",
)
OUTCOMES = {"RESOLVED_SELLER_FAVOUR": "won", "RESOLVED_BUYER_FAVOUR": "lost"}


class PayPalMoney:
    saves_cards = False

    def __init__(self, driver: PayPalDriver) -> None:
        self.driver = driver
        self._refusals = cycle(REFUSALS)

    def held(self) -> Mapping[str, Held]:
        """What was captured."""
        double, found = self.driver.double, {}
        with double.lock:
            for capture, order in double.captures.items():
                unit = double.orders[order]["purchase_units"][0]
                assert unit["invoice_id"] not in found
                found[unit["invoice_id"]] = self._held(capture, order, unit)
        return found

    def answer_bank(self, *, succeed: bool) -> None:
        """PayPal asks on its own page."""

    def pay(self, page: Checkout) -> None:
        self._approve(page, "")

    def decline(self, page: Checkout) -> None:
        self._approve(page, next(self._refusals))

    def refund_by_hand(self) -> None:
        double = self.driver.double
        with double.lock:
            for capture, payments in self._captured():
                left = from_paypal(payments["captures"][0]["amount"]).amount / Decimal(100)
                left -= returned(payments)
                price = {"currency_code": "EUR", "value": f"{left:.2f}"}
                with suppress(Refused):  # disputed
                    if left > 0:
                        double.give_back_capture(capture, price)

    def fail_refunds(self) -> None:
        double = self.driver.double
        with double.lock:
            for ref in double.refunds:
                double.fail_refund(ref)

    def dispute(self) -> None:
        double = self.driver.double
        with double.lock:
            for capture, payments in self._captured():
                if not double.disputes_of(capture) and not returned(payments):
                    double.dispute_capture(capture)

    def close_disputes(self, *, won: bool) -> None:
        double = self.driver.double
        with double.lock:
            for ref, dispute in double.disputes.items():
                if dispute["status"] != "RESOLVED":
                    self.driver.close_dispute(ref, won=won)

    def _approve(self, page: Checkout, refusal: str) -> None:
        """Nobody can approve what is paid or forgotten."""
        double = self.driver.double
        with double.lock:
            order = double.orders[page.ref]
            if order["status"] != "COMPLETED" and not double.forgets(order):
                double.approve_order(page.ref, refusal)

    def _captured(self) -> Iterator[tuple[str, Json]]:
        double = self.driver.double
        for capture, order in double.captures.items():
            yield capture, double.orders[order]["purchase_units"][0]["payments"]

    def _held(self, capture: str, order: str, unit: Json) -> Held:
        failed = [each for each in unit["payments"]["refunds"] if each["status"] == "FAILED"]
        disputes = self.driver.double.disputes_of(capture)
        outcome = disputes[-1].get("dispute_outcome", {}).get("outcome_code") if disputes else None
        return Held(
            ref=order,
            succeeded=True,
            amount=from_paypal(unit["amount"]).amount,
            refunded=int(returned(unit["payments"]) * 100),
            sent_back=sum(from_paypal(each["amount"]).amount for each in failed),
            dispute=OUTCOMES.get(outcome or "", "open") if disputes else None,
        )
