"""One-time sums at every gateway: saved methods, hosted pages, refunds."""

from __future__ import annotations

from datetime import timedelta

import pytest

from gateways.port import (
    ActionRequired,
    CapabilityNotSupported,
    Checkout,
    Declined,
    GatewayRejected,
    Succeeded,
)
from kernel.money import Money
from tests.support.gateway_driver import GatewayDriver
from tests.support.gateway_drivers import REFUSED_CURRENCIES
from tests.support.gateway_steps import (
    SETUP_FEE,
    charge_request,
    paid_charge,
    payment_request,
    until_answered,
)


class TestCharge:
    """Where the gateway has no saved methods, `charge` refuses and nothing is charged."""

    def method(self, driver: GatewayDriver, card: str) -> tuple[str, str] | None:
        if driver.gateway.capabilities.saved_method_charge:
            if card == "3ds":
                return driver.saved_method("acme", card="3ds")
            return driver.saved_method("acme", card="ok" if card == "ok" else "declined")
        with pytest.raises(CapabilityNotSupported):
            driver.gateway.payments.charge(charge_request(("customer", "method")))
        assert driver.effects("charge") == 0
        return None

    def test_a_good_card_pays(self, driver: GatewayDriver) -> None:
        if (method := self.method(driver, "ok")) is None:
            return
        outcome = driver.gateway.payments.charge(charge_request(method))
        assert isinstance(outcome, Succeeded)
        paid = driver.gateway.payments.fetch(outcome.ref)
        assert (paid.status, paid.amount, paid.refunded) == ("succeeded", SETUP_FEE, 0)
        assert (paid.command_id, paid.workspace_id) == ("purchase_1", "acme")

    def test_a_declined_card_says_why(self, driver: GatewayDriver) -> None:
        if (method := self.method(driver, "declined")) is None:
            return
        outcome = driver.gateway.payments.charge(charge_request(method))
        assert isinstance(outcome, Declined)
        assert outcome.code
        failed = driver.gateway.payments.fetch(outcome.ref)
        assert (failed.status, failed.decline_code) == ("failed", outcome.code)

    @pytest.mark.parametrize(("succeed", "status"), [(True, "succeeded"), (False, "failed")])
    def test_the_card_holder_settles_3d_secure(
        self, driver: GatewayDriver, succeed: bool, status: str
    ) -> None:
        if (method := self.method(driver, "3ds")) is None:
            return
        outcome = driver.gateway.payments.charge(charge_request(method))
        assert isinstance(outcome, ActionRequired)
        assert outcome.url.startswith("http")
        waiting = driver.gateway.payments.fetch(outcome.ref)
        assert (waiting.status, waiting.confirmation_url) == ("pending", outcome.url)
        driver.confirm(outcome.ref, succeed=succeed)
        assert driver.gateway.payments.fetch(outcome.ref).status == status

    @pytest.mark.parametrize("card", ["ok", "declined", "3ds"])
    def test_the_same_command_charges_once(self, driver: GatewayDriver, card: str) -> None:
        if (method := self.method(driver, card)) is None:
            return
        first = driver.gateway.payments.charge(charge_request(method))
        driver.advance(timedelta(days=3))
        assert driver.gateway.payments.charge(charge_request(method)) == first
        assert driver.effects("charge") == 1

    def test_a_lost_answer_is_found_by_its_command(self, driver: GatewayDriver) -> None:
        if (method := self.method(driver, "ok")) is None:
            return
        driver.break_next("timeout_after_effect")
        outcome = until_answered(lambda: driver.gateway.payments.charge(charge_request(method)))
        assert isinstance(outcome, Succeeded)
        assert driver.effects("charge") == 1
        found = driver.gateway.payments.find("purchase_1")
        assert found is not None
        assert (found.ref, found.status) == (outcome.ref, "succeeded")

    def test_two_commands_charge_twice(self, driver: GatewayDriver) -> None:
        if (method := self.method(driver, "ok")) is None:
            return
        first = driver.gateway.payments.charge(charge_request(method))
        second = driver.gateway.payments.charge(charge_request(method, command="purchase_2"))
        assert first.ref != second.ref
        assert driver.effects("charge") == 2

    def test_a_command_that_never_ran_has_no_charge(self, driver: GatewayDriver) -> None:
        assert driver.gateway.payments.find("purchase_unknown") is None


class TestHostedPayment:
    def test_the_same_command_opens_one_page(self, driver: GatewayDriver) -> None:
        first = driver.gateway.checkouts.start_payment(payment_request())
        second = driver.gateway.checkouts.start_payment(payment_request())
        assert first.url.startswith("http")
        assert (second.ref, second.url) == (first.ref, first.url)
        assert driver.gateway.checkouts.fetch(first.ref).status == "open"

    def test_paying_it_makes_a_charge_that_remembers_what_we_sent(
        self, driver: GatewayDriver
    ) -> None:
        paid = driver.gateway.payments.fetch(paid_charge(driver))
        assert (paid.status, paid.amount) == ("succeeded", SETUP_FEE)
        assert (paid.command_id, paid.workspace_id) == ("purchase_1", "acme")

    def test_the_charge_is_found_by_its_command(self, driver: GatewayDriver) -> None:
        ref = paid_charge(driver)
        found = driver.gateway.payments.find("purchase_1")
        assert found is not None
        assert (found.ref, found.status) == (ref, "succeeded")

    def test_a_declined_card_pays_nothing(self, driver: GatewayDriver) -> None:
        page: Checkout = driver.gateway.checkouts.start_payment(payment_request())
        driver.decline(page)
        seen = driver.gateway.checkouts.fetch(page.ref)
        assert seen.status != "complete"
        if seen.charge is not None:
            assert driver.gateway.payments.fetch(seen.charge).status in {"pending", "failed"}

    @pytest.mark.parametrize(
        ("currency", "amount"), [("JPY", 500), ("KWD", 1500), ("HUF", 199_900)]
    )
    def test_paid_and_refunded_sums_keep_their_minor_units(
        self, driver: GatewayDriver, driver_id: str, currency: str, amount: int
    ) -> None:
        expected = Money(amount, currency)
        if currency in REFUSED_CURRENCIES.get(driver_id, frozenset()):
            with pytest.raises(GatewayRejected):
                driver.gateway.checkouts.start_payment(payment_request(amount=expected))
            return
        charge = paid_charge(driver, amount=expected)
        assert driver.gateway.payments.fetch(charge).amount == expected
        assert (
            driver.gateway.payments.refund("refund_00001", charge, expected, "Not delivered").amount
            == expected
        )
        assert driver.gateway.payments.fetch(charge).refunded == amount

    def test_a_lost_answer_opens_no_second_page(self, driver: GatewayDriver) -> None:
        driver.break_next("timeout_after_effect")
        page = until_answered(lambda: driver.gateway.checkouts.start_payment(payment_request()))
        driver.approve(page)
        charge = driver.gateway.checkouts.fetch(page.ref).charge
        assert charge
        driver.gateway.payments.capture("purchase_1", charge)
        assert driver.effects("charge") == 1
        found = driver.gateway.payments.find("purchase_1")
        assert found is not None
        assert found.ref == charge


class TestCapture:
    def test_repeating_it_takes_the_money_once(self, driver: GatewayDriver) -> None:
        charge = paid_charge(driver)
        again = driver.gateway.payments.capture("purchase_1", charge)
        assert (again.status, again.amount, again.approved) == ("succeeded", SETUP_FEE, False)
        assert driver.effects("charge") == 1


class TestRefund:
    def test_the_whole_sum_goes_back(self, driver: GatewayDriver) -> None:
        charge = paid_charge(driver)
        refund = driver.gateway.payments.refund("refund_00001", charge, SETUP_FEE, "Not delivered")
        assert refund.ref
        assert refund.amount == SETUP_FEE
        assert refund.status in {"succeeded", "pending"}
        assert driver.gateway.payments.fetch(charge).refunded == SETUP_FEE.amount

    def test_the_same_command_refunds_once(self, driver: GatewayDriver) -> None:
        charge = paid_charge(driver)
        part = Money(10_000, "USD")
        first = driver.gateway.payments.refund("refund_00001", charge, part, "Discount")
        second = driver.gateway.payments.refund("refund_00001", charge, part, "Discount")
        assert second.ref == first.ref
        assert driver.effects("refund") == 1
        assert driver.gateway.payments.fetch(charge).refunded == part.amount

    def test_parts_add_up(self, driver: GatewayDriver) -> None:
        charge = paid_charge(driver)
        driver.gateway.payments.refund("refund_00001", charge, Money(10_000, "USD"), "Discount")
        driver.gateway.payments.refund("refund_00002", charge, Money(5_000, "USD"), "Discount")
        assert driver.effects("refund") == 2
        assert driver.gateway.payments.fetch(charge).refunded == 15_000

    def test_more_than_was_paid_is_rejected(self, driver: GatewayDriver) -> None:
        charge = paid_charge(driver)
        with pytest.raises(GatewayRejected):
            driver.gateway.payments.refund("refund_00001", charge, Money(50_000, "USD"), "Mistake")
        assert driver.gateway.payments.fetch(charge).refunded == 0

    def test_a_lost_answer_does_not_refund_twice(self, driver: GatewayDriver) -> None:
        charge = paid_charge(driver)
        driver.break_next("timeout_after_effect")
        part = Money(10_000, "USD")
        until_answered(
            lambda: driver.gateway.payments.refund("refund_00001", charge, part, "Discount")
        )
        assert driver.effects("refund") == 1
        assert driver.gateway.payments.fetch(charge).refunded == part.amount
