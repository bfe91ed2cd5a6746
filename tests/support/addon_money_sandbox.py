"""Add-ons paid at the sandbox, by saved card and on its pages."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress

from gateways.port import Checkout
from gateways.sandbox.simulation import charges, disputes, invoices
from gateways.sandbox.simulation.records import Charge, DisputeRecord, RefundRecord
from kernel.errors import DomainError
from kernel.money import Money
from tests.support.addon_money import Held
from tests.support.sandbox_driver import SandboxDriver


class SandboxMoney:
    saves_cards = True

    def __init__(self, driver: SandboxDriver) -> None:
        self.driver = driver

    def held(self) -> Mapping[str, Held]:
        with self.driver.state.transaction() as ledger:
            found = list(ledger.every(Charge))
            by_purchase = {}
            for charge in found:
                made = charges.refunds_of(ledger, charge.id)
                disputed = charges.disputes_of(ledger, charge.id)
                by_purchase[charge.command_id] = Held(
                    ref=charge.id,
                    succeeded=charge.status == "succeeded",
                    amount=charge.amount.amount,
                    refunded=charge.refunded,
                    sent_back=sum(each.amount.amount for each in made if each.status == "failed"),
                    dispute=disputed[-1].status if disputed else None,
                )
        assert len(by_purchase) == len(found)
        return by_purchase

    def answer_bank(self, *, succeed: bool) -> None:
        with self.driver.state.transaction() as ledger:
            waiting = [each.id for each in ledger.every(Charge) if each.status == "pending"]
        for ref in waiting:
            self.driver.confirm(ref, succeed=succeed)

    def pay(self, page: Checkout) -> None:
        with suppress(DomainError):  # closed
            self.driver.approve(page)

    def decline(self, page: Checkout) -> None:
        with suppress(DomainError):  # closed
            self.driver.decline(page)

    def refund_by_hand(self) -> None:
        for held in self.held().values():
            left = Money(held.amount - held.refunded, "EUR")
            with suppress(DomainError):  # nothing left, or the gateway fails
                self.driver.gateway.payments.refund(f"hand-{held.ref}", held.ref, left, "by hand")

    def fail_refunds(self) -> None:
        with self.driver.state.transaction() as ledger:
            for refund in list(ledger.every(RefundRecord)):
                disputes.fail_refund(ledger, refund.id)

    def dispute(self) -> None:
        with self.driver.state.transaction() as ledger:
            for charge in list(ledger.every(Charge)):
                invoice = invoices.paid_by(ledger, charge.id)
                disputed = charges.disputes_of(ledger, charge.id)
                if invoice and not disputed and charge.refunded == 0:
                    disputes.open_dispute(ledger, invoice.id)

    def close_disputes(self, *, won: bool) -> None:
        with self.driver.state.transaction() as ledger:
            for each in list(ledger.every(DisputeRecord)):
                if each.status == "open":
                    disputes.close_dispute(ledger, each.id, won=won)
