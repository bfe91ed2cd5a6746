"""PayPal's payments of subscriptions as invoices, beyond what every gateway shows."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from gateways.port import Coupon, GatewayRejected, InvoiceSnapshot, PlanSpec
from kernel.money import Money
from tests.support.gateway_steps import (
    PRO,
    checkout_request,
    paid_charge,
    subscribed,
    subscription_of,
    synced,
)
from tests.support.paypal_driver import PayPalDriver
from tests.support.paypal_driver import driver as open_driver

YEARLY = PlanSpec("pro-yearly", "Pro", Money(49_000, "USD"), "year")
HALF = Money(PRO.price.amount // 2, "USD")


@pytest.fixture
def paypal() -> Iterator[PayPalDriver]:
    with open_driver() as opened:
        yield opened


def invoices(paypal: PayPalDriver, subscription: str) -> list[InvoiceSnapshot]:
    return list(paypal.gateway.subscriptions.invoices(None, subscription))


class TestTax:
    @pytest.mark.parametrize("coupon", [None, Coupon("HALF-1", "Half", percent=Decimal(50))])
    def test_is_a_part_of_the_price_that_paypal_shows(self, coupon: Coupon | None) -> None:
        with open_driver(tax_percentage=Decimal("19")) as paypal:
            request = replace(checkout_request(synced(paypal).price), coupon=coupon)
            page = paypal.gateway.checkouts.start(request)
            paypal.approve(page)
            total = PRO.price.amount // (1 if coupon is None else 2)
            seen = subscription_of(paypal, page)
            assert (seen.price, len(seen.discounts)) == (PRO.price, 0 if coupon is None else 1)
            [invoice] = invoices(paypal, seen.ref)
            tax = round(Decimal(total) * 19 / 119)
            assert (invoice.total, invoice.tax, invoice.paid) == (total, tax, total)
            assert invoice.subtotal == total - tax


class TestUnpaid:
    def test_attempts_that_fail_stand_for_one_open_invoice(self, paypal: PayPalDriver) -> None:
        ref = subscribed(paypal).ref
        paypal.fail_payment(ref)
        [before, _] = invoices(paypal, ref)
        paypal.fail_payment(ref)
        [after, _] = invoices(paypal, ref)
        assert (after.ref, after.status, after.due_at) == (before.ref, "open", before.due_at)
        assert after.failure is not None
        assert after.failure.at > after.issued_at
        assert after.failure.code == "payer_cannot_pay"
        assert after.failure.next_attempt_at is not None

    def test_the_payment_that_recovers_takes_its_place(self, paypal: PayPalDriver) -> None:
        ref = subscribed(paypal).ref
        paypal.fail_payment(ref)
        paypal.advance(timedelta(days=5))
        paypal.recover_payment(ref)
        paid, failed, _ = invoices(paypal, ref)
        assert (failed.status, failed.voided_at) == ("void", paid.paid_at)
        assert (paid.status, paid.due_at) == ("paid", failed.due_at)
        assert paid.lines[0].period_start == failed.due_at

    def test_what_an_ended_one_left_unpaid_is_given_up(self, paypal: PayPalDriver) -> None:
        ref = subscribed(paypal).ref
        paypal.fail_payment(ref)
        paypal.gateway.subscriptions.cancel("cancel_1", ref, at_period_end=False)
        assert [each.status for each in invoices(paypal, ref)] == ["uncollectible", "paid"]

    def test_who_owes_something_is_past_due(self, paypal: PayPalDriver) -> None:
        """PayPal counts a failed payment only after its retries."""
        ref = subscribed(paypal, YEARLY).ref
        paypal.fail_payment(ref)
        billing = paypal.double.subscriptions[ref]["billing_info"]
        billing["failed_payments_count"] = 0
        seen = paypal.gateway.subscriptions.fetch(ref)
        assert (seen.status, seen.raw_status) == ("past_due", "ACTIVE")
        assert seen.open_invoice is not None
        assert seen.open_invoice.due_at is not None
        assert seen.open_invoice.amount == YEARLY.price
        due_at = invoices(paypal, ref)[0].due_at
        assert due_at is not None
        assert abs(seen.open_invoice.due_at - due_at) <= timedelta(minutes=1)


class TestRefunds:
    def test_one_is_not_repeated_after_paypal_forgot_its_key(self, paypal: PayPalDriver) -> None:
        ref = subscribed(paypal).ref
        charge = str(invoices(paypal, ref)[0].charge)
        first = paypal.gateway.payments.refund("refund_1", charge, HALF, "Überzahlung")
        paypal.advance(timedelta(days=40))
        assert paypal.gateway.payments.refund("refund_1", charge, HALF, "Überzahlung") == first
        assert paypal.effects("refund") == 1

    def test_the_webhook_shows_one_that_the_search_does_not_know_yet(
        self, paypal: PayPalDriver
    ) -> None:
        ref = subscribed(paypal).ref
        [paid] = invoices(paypal, ref)
        refund = paypal.refund_by_hand(paid.ref, 1_000)
        seen = paypal.gateway.payments.fetch_invoice(refund)
        paypal.double.refunds.clear()
        assert (seen.ref, [each.ref for each in seen.refunds]) == (paid.ref, [refund])
        assert invoices(paypal, ref)[0].refunds == ()

    @pytest.mark.parametrize("path", ["/v1/reporting/transactions", "/v1/customer/disputes"])
    def test_an_app_that_may_not_ask_still_lists_payments(
        self, paypal: PayPalDriver, path: str
    ) -> None:
        ref = subscribed(paypal).ref
        paypal.refund_by_hand(invoices(paypal, ref)[0].ref, 1_000)
        paypal.double.forbidden.add(path)
        assert [each.paid for each in invoices(paypal, ref)] == [PRO.price.amount]

    def test_those_of_an_order_are_shown_with_it(self, paypal: PayPalDriver) -> None:
        order = paid_charge(paypal)
        paypal.gateway.payments.refund("refund_1", order, HALF, "Half")
        seen = paypal.gateway.payments.fetch(order)
        assert [(each.amount, each.status) for each in seen.refunds] == [(2_450, "succeeded")]


class TestDisputes:
    @pytest.mark.parametrize(
        ("outcome", "status"),
        [
            ("RESOLVED_BUYER_FAVOUR", "lost"),
            ("ACCEPTED", "lost"),
            ("RESOLVED_SELLER_FAVOUR", "won"),
            ("RESOLVED_WITH_PAYOUT", "won"),
            ("CANCELED_BY_BUYER", "won"),
            ("DENIED", "won"),
        ],
    )
    def test_who_keeps_the_money_decides(
        self, paypal: PayPalDriver, outcome: str, status: str
    ) -> None:
        ref = subscribed(paypal).ref
        dispute = paypal.open_dispute(invoices(paypal, ref)[0].ref)
        paypal.double.resolve(dispute, outcome)
        [seen] = invoices(paypal, ref)[0].disputes
        assert (seen.status, seen.reason, seen.closed_at) == (status, "unauthorised", paypal.now())

    def test_that_of_an_order_is_shown_with_it(self, paypal: PayPalDriver) -> None:
        order = paid_charge(paypal)
        [capture] = paypal.double.captures
        paypal.double.dispute_capture(capture)
        [delivery] = paypal.deliveries()[-1:]
        named = paypal.gateway.webhooks.verify(*delivery).charge
        seen = paypal.gateway.payments.fetch(named)
        assert (seen.ref, [each.status for each in seen.disputes]) == (order, ["open"])


class TestSubscriptionsMadeByHand:
    def test_an_overridden_price_is_what_is_charged(self, paypal: PayPalDriver) -> None:
        made = subscribed(paypal)
        cheaper = paypal.double.override_price(made.ref, "19.00")
        seen = paypal.gateway.subscriptions.fetch(made.ref)
        assert (seen.price, seen.price_ref) == (Money(1_900, "USD"), made.price_ref)
        assert cheaper["plan_overridden"]

    def test_a_quantity_multiplies_the_price(self, paypal: PayPalDriver) -> None:
        made = subscribed(paypal)
        paypal.double.subscriptions[made.ref]["quantity"] = "3"
        seen = paypal.gateway.subscriptions.fetch(made.ref)
        assert (seen.quantity, seen.price) == (3, Money(3 * 4_900, "USD"))

    def test_one_with_prices_by_tier_is_shown_without_a_price(self, paypal: PayPalDriver) -> None:
        made = subscribed(paypal)
        [cycle] = paypal.double.plans[made.price_ref]["billing_cycles"]
        cycle["pricing_scheme"] = {"pricing_model": "TIERED", "tiers": []}
        [listed] = paypal.gateway.subscriptions.list_all()
        assert replace(listed, fetched_at=made.fetched_at).price is None

    def test_every_three_months_is_not_every_month(self, paypal: PayPalDriver) -> None:
        made = subscribed(paypal)
        [cycle] = paypal.double.plans[made.price_ref]["billing_cycles"]
        cycle["frequency"]["interval_count"] = 3
        seen = paypal.gateway.subscriptions.fetch(made.ref)
        assert (seen.interval, seen.interval_count) == ("month", 3)


class TestRefusedRefunds:
    def test_a_disputed_payment_is_not_refunded(self, paypal: PayPalDriver) -> None:
        [paid] = invoices(paypal, subscribed(paypal).ref)
        paypal.open_dispute(paid.ref)
        with pytest.raises(GatewayRejected) as caught:
            paypal.gateway.payments.refund("refund_1", paid.ref, HALF, "Half")
        assert caught.value.details["issue"] == "TRANSACTION_DISPUTED"


class TestLongDisputes:
    def test_the_end_of_one_shows_when_its_payment_is_older_than_half_a_year(
        self, paypal: PayPalDriver
    ) -> None:
        ref = subscribed(paypal).ref
        [paid] = paypal.gateway.subscriptions.invoices(None, ref)
        paypal.advance(timedelta(days=170))
        dispute = paypal.open_dispute(paid.ref)
        paypal.advance(timedelta(days=30))
        paypal.close_dispute(dispute, won=True)
        shown = paypal.gateway.subscriptions.invoices(None, ref)[-1]
        assert [each.status for each in shown.disputes] == ["won"]
