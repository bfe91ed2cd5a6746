"""Razorpay's invoices and subscriptions, beyond what every gateway shows."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest

from gateways.port import Discount, InvoiceSnapshot, Pause, PlannedChange
from kernel.money import Money
from tests.support.gateway_steps import PRO, TEAM, paid_charge, started, subscribed, synced
from tests.support.razorpay_driver import RazorpayDriver
from tests.support.razorpay_driver import driver as open_driver


@pytest.fixture
def razorpay() -> Iterator[RazorpayDriver]:
    with open_driver() as opened:
        yield opened


def invoices(razorpay: RazorpayDriver, subscription: str) -> list[InvoiceSnapshot]:
    return list(razorpay.gateway.subscriptions.invoices(None, subscription))


class TestUnpaid:
    def test_what_waits_is_paid_on_the_subscription_s_page(self, razorpay: RazorpayDriver) -> None:
        made = subscribed(razorpay)
        razorpay.fail_payment(made.ref)
        seen = razorpay.gateway.subscriptions.fetch(made.ref)
        [waiting, _] = invoices(razorpay, made.ref)
        assert seen.open_invoice is not None
        assert (seen.open_invoice.ref, seen.open_invoice.amount) == (waiting.ref, PRO.price)
        assert str(seen.open_invoice.url).startswith("http")
        assert waiting.failure is not None
        assert waiting.failure.code == "payment_failed"

    def test_what_a_halted_one_could_not_charge_is_given_up_when_it_recovers(
        self, razorpay: RazorpayDriver
    ) -> None:
        ref = subscribed(razorpay).ref
        razorpay.fail_payment(ref)
        razorpay.suspend(ref)
        razorpay.fail_payment(ref)
        assert [each.status for each in invoices(razorpay, ref)] == ["open", "open", "paid"]
        razorpay.recover_payment(ref)
        assert [each.status for each in invoices(razorpay, ref)] == [
            "paid",
            "uncollectible",
            "paid",
        ]

    def test_what_an_ended_one_left_unpaid_is_given_up(self, razorpay: RazorpayDriver) -> None:
        ref = subscribed(razorpay).ref
        razorpay.fail_payment(ref)
        razorpay.gateway.subscriptions.cancel("cancel_1", ref, at_period_end=False)
        assert [each.status for each in invoices(razorpay, ref)] == ["uncollectible", "paid"]


class TestMovements:
    def test_a_payment_leads_to_its_invoice(self, razorpay: RazorpayDriver) -> None:
        [paid] = invoices(razorpay, subscribed(razorpay).ref)
        assert razorpay.gateway.payments.fetch_invoice(str(paid.charge)).ref == paid.ref

    def test_a_closed_dispute_is_lost_only_if_it_took_money(self, razorpay: RazorpayDriver) -> None:
        ref = subscribed(razorpay).ref
        dispute = razorpay.open_dispute(invoices(razorpay, ref)[0].ref)
        shown = razorpay.double.disputes[dispute]
        shown["status"] = "closed"
        assert invoices(razorpay, ref)[0].disputes[0].status == "won"
        shown["amount_deducted"] = 4_900
        assert invoices(razorpay, ref)[0].disputes[0].status == "lost"

    def test_those_of_a_link_are_shown_with_it(self, razorpay: RazorpayDriver) -> None:
        link = paid_charge(razorpay)
        [payment] = razorpay.double.payments
        refund = razorpay.gateway.payments.refund("refund_00001", link, Money(900, "USD"), "Part")
        razorpay.double.fail_refund(refund.ref)
        razorpay.double.dispute(payment)
        seen = razorpay.gateway.payments.fetch(link)
        assert (seen.refunded, [each.status for each in seen.refunds]) == (0, ["failed"])
        assert [each.status for each in seen.disputes] == ["open"]


class TestSubscriptionsMadeByHand:
    def test_an_offer_is_a_discount(self, razorpay: RazorpayDriver) -> None:
        ref = subscribed(razorpay).ref
        razorpay.double.subscriptions[ref]["offer_id"] = "offer_JHD834hjbxzhd3"
        seen = razorpay.gateway.subscriptions.fetch(ref)
        assert seen.discounts == (Discount("offer_JHD834hjbxzhd3"),)

    def test_a_planned_change_is_somebody_else_s(self, razorpay: RazorpayDriver) -> None:
        made = subscribed(razorpay)
        team = synced(razorpay, TEAM).price
        razorpay.double.schedule_change(made.ref, team)
        seen = razorpay.gateway.subscriptions.fetch(made.ref)
        assert made.period_end is not None
        assert seen.planned == PlannedChange(made.period_end, team, ours=False)

    def test_a_paused_one_rests(self, razorpay: RazorpayDriver) -> None:
        ref = subscribed(razorpay).ref
        razorpay.double.change(ref, "paused")
        seen = razorpay.gateway.subscriptions.fetch(ref)
        assert (seen.status, seen.paused) == ("paused", Pause("subscription"))

    def test_a_trial_that_was_cancelled_before_its_first_charge_was_begun(
        self, razorpay: RazorpayDriver
    ) -> None:
        checkout = started(razorpay)
        later = int((razorpay.now() + timedelta(days=14)).timestamp())
        authorised = {"status": "authenticated", "start_at": later, "customer_id": "cust_1"}
        razorpay.double.subscriptions[checkout.ref] |= authorised
        seen = razorpay.gateway.subscriptions.fetch(checkout.ref)
        assert (seen.status, seen.trial_end) == ("trialing", seen.started_at)
        razorpay.double.end(checkout.ref)
        assert razorpay.gateway.checkouts.fetch(checkout.ref).status == "complete"


class TestLateRefunds:
    def test_of_a_year_are_listed(self, razorpay: RazorpayDriver) -> None:
        ref = subscribed(razorpay).ref
        [paid] = invoices(razorpay, ref)
        razorpay.advance(timedelta(days=360))
        refund = razorpay.refund_by_hand(paid.ref, 100)
        assert [each.ref for each in invoices(razorpay, ref)[-1].refunds] == [refund]

    def test_of_longer_ago_are_shown_by_name(self, razorpay: RazorpayDriver) -> None:
        [paid] = invoices(razorpay, subscribed(razorpay).ref)
        razorpay.advance(timedelta(days=700))
        refund = razorpay.refund_by_hand(paid.ref, 100)
        shown = razorpay.gateway.payments.fetch_invoice(paid.charge or "")
        assert [each.ref for each in shown.refunds] == [refund]
