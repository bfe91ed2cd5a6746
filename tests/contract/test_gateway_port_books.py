"""Whatever happens to a subscription's money, the port shows what the gateway's own books hold."""

from __future__ import annotations

from datetime import timedelta
from random import Random

import pytest

from gateways.port import GatewayRejected, InvoiceSnapshot
from kernel.money import Money
from tests.support.gateway_driver import Books, MoneyDriver
from tests.support.gateway_steps import subscribed

STEPS = 25


class Life:
    """Random steps of one subscription, each of which the gateway allows or refuses."""

    def __init__(self, driver: MoneyDriver, seed: int) -> None:
        self.driver, self.random = driver, Random(seed)
        self.made = subscribed(driver)
        self.failing = False
        self.refunds: list[str] = []
        self.disputes: list[str] = []

    def invoices(self) -> list[InvoiceSnapshot]:
        return list(self.driver.gateway.subscriptions.invoices(self.made.customer, self.made.ref))

    def step(self) -> None:
        self.driver.advance(timedelta(hours=self.random.randint(1, 100)))
        self.random.choice([self.next_period, self.give_back, self.take_back, self.dispute])()

    def next_period(self) -> None:
        if self.failing:
            self.driver.recover_payment(self.made.ref)
            self.failing = False
        elif self.random.random() < 0.3:
            self.driver.fail_payment(self.made.ref)
            self.failing = True
        else:
            self.driver.renew(self.made.ref)

    def give_back(self) -> None:
        paid = self.random.choice([each for each in self.invoices() if each.charge])
        amount = Money(self.random.randint(1, paid.paid), paid.currency)
        command = f"refund_{self.random.random()}"
        try:
            refund = self.driver.gateway.payments.refund(command, str(paid.charge), amount, "Part")
        except GatewayRejected:
            return
        self.refunds.append(refund.ref)

    def take_back(self) -> None:
        if self.refunds:
            self.driver.fail_refund(self.refunds.pop())

    def dispute(self) -> None:
        if self.disputes and self.random.random() < 0.5:
            self.driver.close_dispute(self.disputes.pop(), won=self.random.random() < 0.5)
            return
        untouched = [
            each
            for each in self.invoices()
            if each.charge and not each.disputes and not each.refunds
        ]
        if untouched:
            self.disputes.append(self.driver.open_dispute(untouched[0].ref))


def shown(invoices: list[InvoiceSnapshot]) -> Books:
    refunds = [each for invoice in invoices for each in invoice.refunds]
    disputes = [each for invoice in invoices for each in invoice.disputes]
    return Books(
        paid=sum(invoice.paid for invoice in invoices),
        refunded=sum(each.amount for each in refunds if each.status != "failed"),
        disputed=sum(each.amount for each in disputes if each.status != "won"),
    )


@pytest.mark.parametrize(
    "seed", [1, pytest.param(2, marks=pytest.mark.slow), pytest.param(3, marks=pytest.mark.slow)]
)
def test_random_steps_leave_the_same_books(bookkeeper: MoneyDriver, seed: int) -> None:
    life = Life(bookkeeper, seed)
    for _ in range(STEPS):
        life.step()
        assert shown(life.invoices()) == bookkeeper.books(life.made.ref)
