"""Invoices as facts: observed by webhook or reconciliation, published, and decided by."""

from __future__ import annotations

from datetime import timedelta

import pytest

from contracts import billing as contract
from runtime.feed.feed import Publisher
from runtime.feed.positions import Positions
from services.billing.application.derived_tables import derived_tables
from services.billing.domain.invoice.state import Invoice
from services.billing.published import publish
from tests.support.billing_service import BillingService, billing_service
from tests.support.billing_steps import every_kind, pass_time
from tests.support.gateway_drivers import DRIVERS, open_driver


def invoices(billing: BillingService, subscription: str) -> list[Invoice]:
    """Newest first."""
    return billing.billing.invoices.of_subscription(billing.gateway.name, subscription)


def told(billing: BillingService) -> list[str]:
    return [
        type(each.data).__name__
        for each in billing.published()
        if isinstance(each.data, contract.InvoiceEvent)
    ]


class TestObserveInvoices:
    @every_kind
    def test_the_first_payment_is_a_fact_after_its_webhook(self, billing: BillingService) -> None:
        [first] = invoices(billing, billing.subscribe())
        assert (first.status, first.paid, first.total) == ("paid", 4900, 4900)
        assert told(billing) == ["InvoiceIssued", "InvoicePaid"]

    @every_kind
    def test_lost_webhooks_are_made_up_for_by_one_reconcile(self, billing: BillingService) -> None:
        subscription = billing.subscribe()
        pass_time(billing)
        billing.reconcile()
        assert [each.status for each in invoices(billing, subscription)] == ["paid", "paid"]

    def test_what_has_not_moved_is_not_read_again(self, billing: BillingService) -> None:
        billing.subscribe()
        billing.reconcile()
        before = billing.store.head()
        billing.reconcile()
        billing.sweep()
        assert billing.store.head() == before

    @every_kind
    def test_a_payment_that_fails_and_one_that_succeeds_later(
        self, billing: BillingService
    ) -> None:
        subscription = billing.subscribe()
        billing.driver.fail_payment(subscription)
        billing.deliver()
        assert invoices(billing, subscription)[0].is_owed
        billing.driver.recover_payment(subscription)
        billing.deliver()
        assert [each.is_owed for each in invoices(billing, subscription)] == [False, False]

    @pytest.mark.parametrize("driver_id", [each[0] for each in DRIVERS])
    def test_every_gateways_first_invoice_is_known_by_reconciling(
        self, billing_url: str, driver_id: str
    ) -> None:
        with open_driver(driver_id) as driver:
            name = driver.gateway.name
            with billing_service(billing_url, {name: driver}) as billing:
                subscription = billing.pay(billing.checkout())
                billing.reconcile()
                billing.reconcile()
                [first] = invoices(billing, subscription)
                assert (first.status, first.paid, first.currency) == ("paid", 4900, "USD")
                assert first.workspace == "acme"


class TestIndex:
    def test_rebuilt_from_the_events_it_is_the_same(self, billing: BillingService) -> None:
        subscription = billing.subscribe()
        pass_time(billing)
        billing.reconcile()
        query = "SELECT * FROM invoices ORDER BY gateway, ref"
        before = billing.database.rows(query)
        billing.database.execute("DELETE FROM invoices")
        positions = Positions(billing.database)
        [table] = [t for t in derived_tables(positions) if t.name == "billing.invoices"]
        assert table.repair({"billing": Publisher(billing.store, publish)}) == 2
        after = billing.database.rows(query)
        assert after == [{**row, "looked_like": ""} for row in before]
        assert len(invoices(billing, subscription)) == len(before) == 2


class TestOverlapRefunds:
    @pytest.mark.parametrize("billing", ["stripe"], indirect=True)
    def test_give_back_the_unused_part_of_what_was_paid(self, billing: BillingService) -> None:
        first = billing.subscribe()
        billing.driver.advance(timedelta(days=10))
        billing.subscribe("team")
        billing.reconcile()
        [invoice] = invoices(billing, first)
        assert 3200 < invoice.refunded < 3400
        assert invoice.refunded + invoice.kept == invoice.paid == 4900
        assert billing.account.refunds_due == []
