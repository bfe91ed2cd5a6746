"""What was billed, paid, given back and disputed, at every gateway whose double keeps books."""

from __future__ import annotations

from random import Random

import pytest

from gateways.port import GatewayRejected, InvoiceSnapshot
from kernel.money import Money
from tests.support.gateway_driver import Books, MoneyDriver
from tests.support.gateway_steps import PRO, subscribed

PERIODS = 5  # months: PayPal lists the disputes of the last 180 days


def only_invoice(driver: MoneyDriver) -> InvoiceSnapshot:
    made = subscribed(driver)
    [invoice] = driver.gateway.subscriptions.invoices(made.customer, made.ref)
    return invoice


def again(driver: MoneyDriver, invoice: InvoiceSnapshot) -> InvoiceSnapshot:
    """Fetched anew; the list has to show the same."""
    fetched = driver.gateway.payments.fetch_invoice(invoice.ref)
    listed = driver.gateway.subscriptions.invoices(invoice.customer, invoice.subscription)
    shown = {each.ref: each for each in listed}[invoice.ref]
    assert (shown.refunds, shown.disputes, shown.paid) == (
        fetched.refunds,
        fetched.disputes,
        fetched.paid,
    )
    return fetched


def ours(invoices: list[InvoiceSnapshot]) -> Books:
    """The books as the port shows them."""
    refunds = [each for invoice in invoices for each in invoice.refunds]
    disputes = [each for invoice in invoices for each in invoice.disputes]
    return Books(
        paid=sum(invoice.paid for invoice in invoices),
        refunded=sum(each.amount for each in refunds if each.status == "succeeded"),
        disputed=sum(each.amount for each in disputes if each.status != "won"),
    )


class TestPaidInvoice:
    def test_it_says_what_it_is_for_and_when_it_was_paid(self, bookkeeper: MoneyDriver) -> None:
        invoice = only_invoice(bookkeeper)
        assert invoice.paid_at is not None
        assert invoice.issued_at <= invoice.paid_at <= bookkeeper.now()
        assert (invoice.workspace_id, invoice.failure) == ("acme", None)
        assert sum(line.amount for line in invoice.lines) + invoice.tax == invoice.total
        assert invoice.subtotal - invoice.discount + invoice.tax == invoice.total

    def test_its_line_covers_the_period(self, bookkeeper: MoneyDriver) -> None:
        made = subscribed(bookkeeper)
        [invoice] = bookkeeper.gateway.subscriptions.invoices(made.customer, made.ref)
        [line] = invoice.lines
        assert (line.amount, line.price_ref, line.proration) == (4_900, made.price_ref, False)
        assert (line.period_start, line.period_end) == (made.period_start, made.period_end)


class TestFailedPayment:
    def test_it_is_dated_and_says_why(self, bookkeeper: MoneyDriver) -> None:
        made = subscribed(bookkeeper)
        bookkeeper.fail_payment(made.ref)
        newest, _ = bookkeeper.gateway.subscriptions.invoices(made.customer, made.ref)
        assert (newest.status, newest.paid, newest.charge) == ("open", 0, None)
        assert newest.failure is not None
        assert newest.failure.at >= newest.issued_at
        assert newest.due_at is not None

    def test_a_recovered_one_is_paid(self, bookkeeper: MoneyDriver) -> None:
        made = subscribed(bookkeeper)
        bookkeeper.fail_payment(made.ref)
        bookkeeper.recover_payment(made.ref)
        invoices = bookkeeper.gateway.subscriptions.invoices(made.customer, made.ref)
        assert sum(invoice.paid for invoice in invoices) == 2 * PRO.price.amount


class TestRefunds:
    def test_one_made_by_hand_is_seen(self, bookkeeper: MoneyDriver) -> None:
        invoice = only_invoice(bookkeeper)
        bookkeeper.refund_by_hand(invoice.ref, 1_000)
        [refund] = again(bookkeeper, invoice).refunds
        assert (refund.amount, refund.status) == (1_000, "succeeded")
        assert again(bookkeeper, invoice).status == "paid"

    def test_one_that_comes_back_has_failed(self, bookkeeper: MoneyDriver) -> None:
        invoice = only_invoice(bookkeeper)
        bookkeeper.fail_refund(bookkeeper.refund_by_hand(invoice.ref, 1_000))
        assert [each.status for each in again(bookkeeper, invoice).refunds] == ["failed"]

    def test_each_is_listed(self, bookkeeper: MoneyDriver) -> None:
        invoice = only_invoice(bookkeeper)
        charge = str(invoice.charge)
        bookkeeper.refund_by_hand(invoice.ref, 1_000)
        bookkeeper.gateway.payments.refund("refund_1", charge, Money(2_000, "USD"), "half")
        refunds = again(bookkeeper, invoice).refunds
        assert sorted(each.amount for each in refunds) == [1_000, 2_000]

    def test_the_webhook_leads_to_the_invoice(self, bookkeeper: MoneyDriver) -> None:
        invoice = only_invoice(bookkeeper)
        bookkeeper.deliveries()
        bookkeeper.refund_by_hand(invoice.ref, 1_000)
        assert announced(bookkeeper) == {invoice.ref}


class TestDisputes:
    def test_an_open_one_is_shown(self, bookkeeper: MoneyDriver) -> None:
        invoice = only_invoice(bookkeeper)
        bookkeeper.open_dispute(invoice.ref)
        [dispute] = again(bookkeeper, invoice).disputes
        assert (dispute.amount, dispute.status) == (PRO.price.amount, "open")
        assert dispute.closed_at is None

    @pytest.mark.parametrize("won", [True, False])
    def test_it_ends(self, bookkeeper: MoneyDriver, won: bool) -> None:
        invoice = only_invoice(bookkeeper)
        bookkeeper.close_dispute(bookkeeper.open_dispute(invoice.ref), won=won)
        [dispute] = again(bookkeeper, invoice).disputes
        assert dispute.status == ("won" if won else "lost")

    def test_nothing_is_refunded_meanwhile(self, bookkeeper: MoneyDriver) -> None:
        invoice = only_invoice(bookkeeper)
        bookkeeper.open_dispute(invoice.ref)
        with pytest.raises(GatewayRejected):
            bookkeeper.gateway.payments.refund(
                "refund_1", str(invoice.charge), Money(1_000, "USD"), "half"
            )

    def test_the_webhook_leads_to_the_invoice(self, bookkeeper: MoneyDriver) -> None:
        invoice = only_invoice(bookkeeper)
        bookkeeper.deliveries()
        bookkeeper.open_dispute(invoice.ref)
        assert announced(bookkeeper) == {invoice.ref}


class TestBooks:
    def test_they_agree_to_the_cent(self, bookkeeper: MoneyDriver) -> None:
        made = subscribed(bookkeeper)
        for _ in range(3):
            bookkeeper.renew(made.ref)
        bookkeeper.fail_payment(made.ref)
        invoices = list(bookkeeper.gateway.subscriptions.invoices(made.customer, made.ref))
        bookkeeper.refund_by_hand(invoices[1].ref, 1_234)
        bookkeeper.fail_refund(bookkeeper.refund_by_hand(invoices[2].ref, 500))
        bookkeeper.close_dispute(bookkeeper.open_dispute(invoices[3].ref), won=False)
        found = list(bookkeeper.gateway.subscriptions.invoices(made.customer, made.ref))
        assert ours(found) == bookkeeper.books(made.ref)
        assert ours(found) == Books(paid=4 * 4_900, refunded=1_234, disputed=4_900)


def announced(driver: MoneyDriver) -> set[str]:
    """The invoices that the newest webhooks lead to."""
    webhooks = driver.gateway.webhooks
    named = {webhooks.verify(*delivery).invoice for delivery in driver.deliveries()} - {""}
    return {driver.gateway.payments.fetch_invoice(ref).ref for ref in named}


class TestAnyOrder:
    @pytest.mark.parametrize(
        "seed",
        [0, pytest.param(1, marks=pytest.mark.slow), pytest.param(2, marks=pytest.mark.slow)],
    )
    def test_the_books_agree_after_every_step(self, bookkeeper: MoneyDriver, seed: int) -> None:
        made, choice = subscribed(bookkeeper), Random(seed)
        for _ in range(25):
            step(bookkeeper, made.ref, choice)
            found = list(bookkeeper.gateway.subscriptions.invoices(made.customer, made.ref))
            assert ours(found) == bookkeeper.books(made.ref)


def step(driver: MoneyDriver, subscription: str, choice: Random) -> None:
    """Something that may happen to a subscription's money now."""
    invoices = driver.gateway.subscriptions.invoices(None, subscription)
    open_ones = [each for each in invoices if each.status == "open"]
    if open_ones:
        driver.recover_payment(subscription)
        return
    whole = [each for each in invoices if each.charge and not each.refunds and not each.disputes]
    disputed = [each for invoice in invoices for each in invoice.disputes if each.status == "open"]
    given = [each for invoice in invoices for each in invoice.refunds if each.status != "failed"]
    match choice.choice(("renew", "fail", "refund", "return", "dispute", "close")):
        case "renew" if len(invoices) < PERIODS:
            driver.renew(subscription)
        case "fail" if len(invoices) < PERIODS:
            driver.fail_payment(subscription)
        case "refund" if whole:
            driver.refund_by_hand(choice.choice(whole).ref, choice.randint(1, PRO.price.amount))
        case "return" if given:
            driver.fail_refund(choice.choice(given).ref)
        case "dispute" if whole:
            driver.open_dispute(choice.choice(whole).ref)
        case "close" if disputed:
            driver.close_dispute(choice.choice(disputed).ref, won=choice.random() < 0.5)
