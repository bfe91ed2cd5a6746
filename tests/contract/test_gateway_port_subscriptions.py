"""A subscription's payments, invoices and listing at every gateway."""

from __future__ import annotations

from dataclasses import replace

import pytest

from gateways.port import (
    CapabilityNotSupported,
    GatewayRejected,
    ReferenceNotFound,
)
from kernel.money import Money
from tests.support.gateway_driver import GatewayDriver
from tests.support.gateway_steps import (
    PRO,
    TEAM,
    subscribed,
)


class TestPaymentsOfASubscription:
    def test_renewal_moves_the_period_on(self, driver: GatewayDriver) -> None:
        before = subscribed(driver)
        driver.renew(before.ref)
        after = driver.gateway.subscriptions.fetch(before.ref)
        assert after.status == "active"
        assert before.period_end is not None
        assert after.period_end is not None
        assert after.period_end > before.period_end

    def test_a_failed_renewal_is_past_due_and_recovers(self, driver: GatewayDriver) -> None:
        ref = subscribed(driver).ref
        driver.fail_payment(ref)
        assert driver.gateway.subscriptions.fetch(ref).status == "past_due"
        driver.recover_payment(ref)
        assert driver.gateway.subscriptions.fetch(ref).status == "active"

    def test_exhausted_retries_suspend(self, driver: GatewayDriver) -> None:
        ref = subscribed(driver).ref
        driver.fail_payment(ref)
        driver.suspend(ref)
        assert driver.gateway.subscriptions.fetch(ref).status == "suspended"

    def test_snapshots_are_dated_forward(self, driver: GatewayDriver) -> None:
        first = subscribed(driver)
        second = driver.gateway.subscriptions.fetch(first.ref)
        assert first.fetched_at.tzinfo is not None
        assert second.fetched_at >= first.fetched_at


class TestPortal:
    def test_it_has_an_address_where_it_exists(self, driver: GatewayDriver) -> None:
        customer = subscribed(driver).customer or "customer-without-a-portal"
        if driver.gateway.capabilities.portal:
            url = driver.gateway.subscriptions.portal_url(customer, "https://app.example/billing")
            assert url.startswith("http")
        else:
            with pytest.raises(CapabilityNotSupported):
                driver.gateway.subscriptions.portal_url(customer, "https://app.example/billing")


class TestListInvoices:
    def test_each_payment_is_listed_newest_first(self, driver: GatewayDriver) -> None:
        made = subscribed(driver)
        driver.renew(made.ref)
        invoices = driver.gateway.subscriptions.invoices(made.customer, made.ref)
        assert len(invoices) == 2
        sums = {(invoice.total, invoice.paid, invoice.currency) for invoice in invoices}
        assert sums == {(PRO.price.amount, PRO.price.amount, PRO.price.currency)}
        assert invoices[0].issued_at > invoices[1].issued_at
        assert all(invoice.number and invoice.status == "paid" for invoice in invoices)
        assert {invoice.subscription for invoice in invoices} == {made.ref}

    def test_one_is_fetched_by_its_reference(self, driver: GatewayDriver) -> None:
        made = subscribed(driver)
        [invoice] = driver.gateway.subscriptions.invoices(made.customer, made.ref)
        fetched = driver.gateway.payments.fetch_invoice(invoice.ref)
        assert replace(fetched, fetched_at=invoice.fetched_at) == invoice

    def test_one_that_nobody_knows_is_not_found(self, driver: GatewayDriver) -> None:
        with pytest.raises(ReferenceNotFound):
            driver.gateway.payments.fetch_invoice("in_unknown")

    def test_what_a_paid_one_names_can_be_refunded(self, driver: GatewayDriver) -> None:
        made = subscribed(driver)
        [invoice] = driver.gateway.subscriptions.invoices(made.customer, made.ref)
        assert invoice.charge is not None
        half = Money(PRO.price.amount // 2, PRO.price.currency)
        refunded = driver.gateway.payments.refund("overlap_1", invoice.charge, half, "paid twice")
        again = driver.gateway.payments.refund("overlap_1", invoice.charge, half, "paid twice")
        assert (refunded.amount, refunded.status) == (half, "succeeded")
        assert again == refunded
        assert driver.effects("refund") == 1

    def test_no_more_than_was_paid_goes_back(self, driver: GatewayDriver) -> None:
        made = subscribed(driver)
        [invoice] = driver.gateway.subscriptions.invoices(made.customer, made.ref)
        more = Money(PRO.price.amount + 100, PRO.price.currency)
        with pytest.raises(GatewayRejected):
            driver.gateway.payments.refund("overlap_1", str(invoice.charge), more, "paid twice")
        assert driver.effects("refund") == 0

    def test_another_customer_sees_none_of_them(self, driver: GatewayDriver) -> None:
        first = subscribed(driver)
        second = subscribed(driver, TEAM, workspace="globex", command="chk_2")
        numbers = {
            i.number for i in driver.gateway.subscriptions.invoices(first.customer, first.ref)
        }
        others = {
            i.number for i in driver.gateway.subscriptions.invoices(second.customer, second.ref)
        }
        assert numbers
        assert others
        assert not numbers & others


class TestListSubscriptions:
    def test_names_every_subscription_with_its_workspace(self, driver: GatewayDriver) -> None:
        first = subscribed(driver)
        second = subscribed(driver, TEAM, workspace="globex", command="chk_2")
        driver.gateway.subscriptions.cancel("cancel_1", second.ref, at_period_end=False)
        listed = {s.ref: s for s in driver.gateway.subscriptions.list_all()}
        assert listed[first.ref].workspace_id == "acme"
        assert listed[first.ref].price == PRO.price
        assert listed[second.ref].status == "cancelled"

    def test_is_empty_at_first(self, driver: GatewayDriver) -> None:
        assert list(driver.gateway.subscriptions.list_all()) == []
