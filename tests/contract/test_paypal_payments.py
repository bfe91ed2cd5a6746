"""PayPal's amounts, its one free field, orders and billing plans."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from functools import partial

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateways.paypal.metadata import LIMIT, OurReference
from gateways.paypal.money import from_paypal, to_paypal
from gateways.paypal.orders import DECLINED_FOR_GOOD, PAYER_ACTS
from gateways.port import ChargeSnapshot, Checkout, GatewayRejected, GatewayUnavailable, Interval
from kernel.money import Money
from tests.support.gateway_steps import (
    PRO,
    SETUP_FEE,
    checkout_request,
    paid_charge,
    payment_request,
    synced,
)
from tests.support.paypal_driver import PayPalDriver
from tests.support.paypal_driver import driver as open_driver


def refused_capture(paypal: PayPalDriver, issue: str) -> tuple[Checkout, ChargeSnapshot]:
    page = paypal.gateway.checkouts.start_payment(payment_request())
    paypal.double.approve_order(page.ref, issue)
    return page, paypal.gateway.payments.capture("purchase_1", page.ref)


words = st.text(st.characters(max_codepoint=0x24F, exclude_categories=["Cs"]), max_size=20)


@pytest.fixture
def paypal() -> Iterator[PayPalDriver]:
    with open_driver() as opened:
        yield opened


class TestAmounts:
    @pytest.mark.parametrize(
        ("amount", "currency", "value"),
        [(4999, "USD", "49.99"), (500, "JPY", "500"), (199_900, "HUF", "1999"), (7, "EUR", "0.07")],
    )
    def test_are_decimal_strings(self, amount: int, currency: str, value: str) -> None:
        sent = to_paypal(Money(amount, currency))
        assert sent == {"currency_code": currency, "value": value}
        assert from_paypal(sent) == Money(amount, currency)

    @pytest.mark.parametrize("currency", ["HUF", "TWD"])
    def test_a_fraction_that_paypal_does_not_take_is_refused_not_rounded(
        self, currency: str
    ) -> None:
        with pytest.raises(GatewayRejected):
            to_paypal(Money(199_950, currency))

    @pytest.mark.parametrize(
        "amount",
        [
            None,
            {},
            {"currency_code": "USD", "value": "1.005"},
            {"currency_code": "USD", "value": "x"},
            {"currency_code": "???", "value": "1"},
            {"currency_code": "USD", "value": "NaN"},
        ],
    )
    def test_nonsense_is_not_an_amount(self, amount: object) -> None:
        with pytest.raises(GatewayUnavailable):
            from_paypal(amount)


class TestCustomId:
    @given(words, words, st.none() | words.filter(bool))
    def test_comes_back_as_it_was_sent_or_is_refused(
        self, command: str, workspace: str, replaces: str | None
    ) -> None:
        reference = OurReference(command, workspace, replaces)
        try:
            packed = reference.packed()
        except GatewayRejected:
            return
        assert len(packed) <= LIMIT
        assert packed.isascii()
        assert OurReference.unpacked(packed) == reference

    def test_a_workspace_that_does_not_fit_is_refused_not_cut(self) -> None:
        with pytest.raises(GatewayRejected):
            OurReference("chk_1", "w" * 128).packed()

    @pytest.mark.parametrize("text", [None, "", "somebody's order 7", "a|b"])
    def test_somebody_else_s_is_nobody_s(self, text: str | None) -> None:
        assert OurReference.unpacked(text) == OurReference()


class TestOrders:
    def test_many_at_once_capture_once(self, paypal: PayPalDriver) -> None:
        page = paypal.gateway.checkouts.start_payment(payment_request())
        paypal.approve(page)
        capture = partial(paypal.gateway.payments.capture, "purchase_1")
        with ThreadPoolExecutor(8) as pool:
            seen = list(pool.map(capture, [page.ref] * 8))
        assert {charge.status for charge in seen} == {"succeeded"}
        assert paypal.effects("charge") == 1

    def test_a_declined_instrument_leaves_the_page_open_for_another(
        self, paypal: PayPalDriver
    ) -> None:
        page = paypal.gateway.checkouts.start_payment(payment_request())
        paypal.decline(page)
        waiting = paypal.gateway.payments.capture("purchase_1", page.ref)
        assert (waiting.status, waiting.decline_code) == ("pending", "INSTRUMENT_DECLINED")
        assert waiting.confirmation_url == page.url
        paypal.advance(timedelta(minutes=1))
        paypal.approve(page)
        assert paypal.gateway.payments.capture("purchase_1", page.ref).status == "succeeded"

    def test_looking_at_an_approved_one_takes_no_money(self, paypal: PayPalDriver) -> None:
        page = paypal.gateway.checkouts.start_payment(payment_request())
        paypal.approve(page)
        assert paypal.gateway.checkouts.fetch(page.ref).charge == page.ref
        seen = paypal.gateway.payments.fetch(page.ref)
        assert (seen.status, seen.approved) == ("pending", True)
        assert paypal.effects("charge") == 0

    def test_one_that_nobody_approved_is_not_captured(self, paypal: PayPalDriver) -> None:
        page = paypal.gateway.checkouts.start_payment(payment_request())
        seen = paypal.gateway.payments.capture("purchase_1", page.ref)
        assert (seen.status, seen.approved) == ("pending", False)
        assert not paypal.double.called("POST", f"/v2/checkout/orders/{page.ref}/capture")

    def test_one_that_paypal_forgot_has_expired(self, paypal: PayPalDriver) -> None:
        page = paypal.gateway.checkouts.start_payment(payment_request())
        paypal.advance(timedelta(hours=7))
        assert paypal.gateway.checkouts.fetch(page.ref).status == "expired"

    @pytest.mark.parametrize("issue", sorted(PAYER_ACTS))
    def test_the_payer_may_mend_a_refusal_on_the_same_page(
        self, paypal: PayPalDriver, issue: str
    ) -> None:
        page, seen = refused_capture(paypal, issue)
        assert (seen.status, seen.decline_code) == ("pending", issue)
        assert seen.confirmation_url == page.url

    @pytest.mark.parametrize("issue", sorted(DECLINED_FOR_GOOD))
    def test_a_refusal_for_good_fails_the_charge(self, paypal: PayPalDriver, issue: str) -> None:
        _, seen = refused_capture(paypal, issue)
        assert (seen.status, seen.decline_code, seen.confirmation_url) == ("failed", issue, None)

    @pytest.mark.parametrize(
        "issue",
        [
            "AUTH_CAPTURE_NOT_ENABLED",
            "DUPLICATE_INVOICE_ID",
            "PAYEE_NOT_ENABLED_FOR_CARD_PROCESSING",
            "PERMISSION_DENIED",
            "SOMETHING_NEW",
            "TRANSACTION_RECEIVING_LIMIT_EXCEEDED",
        ],
    )
    def test_what_the_merchant_or_time_mends_stays_pending(
        self, paypal: PayPalDriver, issue: str
    ) -> None:
        _, seen = refused_capture(paypal, issue)
        assert (seen.status, seen.decline_code) == ("pending", issue)

    def test_one_that_is_being_captured_is_asked_again(self, paypal: PayPalDriver) -> None:
        with pytest.raises(GatewayUnavailable):
            refused_capture(paypal, "ORDER_COMPLETION_IN_PROGRESS")

    def test_what_another_order_paid_is_shown_in_its_place(self, paypal: PayPalDriver) -> None:
        paid = paid_charge(paypal)
        paypal.advance(timedelta(hours=7))
        page, seen = refused_capture(paypal, "DUPLICATE_INVOICE_ID")
        assert page.ref != paid
        assert (seen.ref, seen.status) == (paid, "succeeded")

    def test_a_capture_is_shown_as_its_order(self, paypal: PayPalDriver) -> None:
        order = paid_charge(paypal)
        [capture] = paypal.double.captures
        assert paypal.gateway.payments.fetch(capture).ref == order

    def test_a_refunded_payment_is_still_found_by_its_command(self, paypal: PayPalDriver) -> None:
        order = paid_charge(paypal)
        paypal.gateway.payments.refund("refund_1", order, SETUP_FEE, "Not delivered")
        found = paypal.gateway.payments.find("purchase_1")
        assert found is not None
        assert (found.ref, found.refunded) == (order, SETUP_FEE.amount)

    def test_an_unpaid_order_can_t_be_refunded(self, paypal: PayPalDriver) -> None:
        page = paypal.gateway.checkouts.start_payment(payment_request())
        with pytest.raises(GatewayRejected):
            paypal.gateway.payments.refund("refund_1", page.ref, SETUP_FEE, "Mistake")

    @pytest.mark.parametrize("issue", ["PENDING_CAPTURE", "REFUND_FAILED_INSUFFICIENT_FUNDS"])
    def test_a_refund_that_time_or_the_merchant_makes_possible_is_no_refusal(
        self, paypal: PayPalDriver, issue: str
    ) -> None:
        order = paid_charge(paypal)
        [capture] = paypal.double.captures
        paypal.double.refusing[capture] = issue
        with pytest.raises(GatewayUnavailable):
            paypal.gateway.payments.refund("refund_1", order, SETUP_FEE, "Not delivered")
        paypal.double.refusing.clear()
        made = paypal.gateway.payments.refund("refund_1", order, SETUP_FEE, "Not delivered")
        assert made.status == "succeeded"

    def test_the_payer_is_sent_back_without_a_placeholder(self, paypal: PayPalDriver) -> None:
        paypal.gateway.checkouts.start_payment(payment_request())
        [created] = paypal.double.called("POST", "/v2/checkout/orders")
        context = created.json["payment_source"]["paypal"]["experience_context"]
        assert context["return_url"] == "https://app.example/billing/done"


class TestCatalogue:
    def test_a_price_change_deactivates_the_old_plan_only(self, paypal: PayPalDriver) -> None:
        made = synced(paypal)
        dearer = type(PRO)(PRO.slug, PRO.name, Money(5900, "USD"), "month")
        changed = paypal.gateway.catalogue.ensure_plan("reprice", dearer, made)
        statuses = {ref: plan["status"] for ref, plan in paypal.double.plans.items()}
        assert statuses == {made.price: "INACTIVE", changed.price: "ACTIVE"}

    def test_a_plan_that_was_deactivated_by_hand_is_sold_again(self, paypal: PayPalDriver) -> None:
        made = synced(paypal)
        paypal.double.plans[made.price]["status"] = "INACTIVE"
        again = paypal.gateway.catalogue.ensure_plan("sync-again", PRO, made)
        assert (again.price, again.archived_price) == (made.price, None)
        paypal.gateway.checkouts.start(checkout_request(made.price))
        assert paypal.effects("price") == 1

    @pytest.mark.parametrize(("interval", "cycles"), [("month", 3), ("year", 1)])
    def test_paypal_gives_up_on_a_yearly_one_after_the_first_cycle(
        self, paypal: PayPalDriver, interval: Interval, cycles: int
    ) -> None:
        plan = type(PRO)("pro", "Pro", PRO.price, interval)
        made = synced(paypal, plan)
        preferences = paypal.double.plans[made.price]["payment_preferences"]
        assert preferences["payment_failure_threshold"] == cycles
        preferences["payment_failure_threshold"] = 9
        paypal.gateway.catalogue.ensure_plan("sync-again", plan, made)
        assert preferences["payment_failure_threshold"] == cycles

    def test_a_long_slug_still_has_a_product_of_its_own(self, paypal: PayPalDriver) -> None:
        for slug in ("a" * 64, "a" * 63 + "b"):
            synced(paypal, type(PRO)(slug, "Long", PRO.price, "month"))
        assert paypal.effects("product") == 2

    def test_a_plan_on_the_second_page_is_found(self, paypal: PayPalDriver) -> None:
        for amount in range(100, 2300, 100):
            synced(paypal, type(PRO)(PRO.slug, PRO.name, Money(amount, "USD"), "month"))
        synced(paypal, type(PRO)(PRO.slug, PRO.name, Money(2200, "USD"), "month"))
        assert paypal.effects("price") == 22
