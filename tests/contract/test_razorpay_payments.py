"""Razorpay's payment links and refunds."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest

from gateways.port import GatewayRejected, ReferenceNotFound
from kernel.money import Money
from tests.support.gateway_steps import (
    SETUP_FEE,
    paid_charge,
    payment_request,
)
from tests.support.http_double import Answer
from tests.support.razorpay_driver import RazorpayDriver
from tests.support.razorpay_driver import driver as open_driver


@pytest.fixture
def razorpay() -> Iterator[RazorpayDriver]:
    with open_driver() as opened:
        yield opened


class TestPaymentLinks:
    def test_two_attempts_at_once_make_one(self, razorpay: RazorpayDriver) -> None:
        """The second looked before the first had created it."""
        first = razorpay.gateway.checkouts.start_payment(payment_request())
        razorpay.double.answer_next(Answer(200, {"payment_links": []}))
        assert razorpay.gateway.checkouts.start_payment(payment_request()).ref == first.ref
        assert len(razorpay.double.called("POST", "/v1/payment_links")) == 2
        assert razorpay.effects("checkout") == 1

    def test_a_long_command_has_a_reference_of_its_own(self, razorpay: RazorpayDriver) -> None:
        for number in range(2):
            command = f"purchase:{'w' * 60}:{number}"
            razorpay.gateway.checkouts.start_payment(payment_request(command=command))
            found = razorpay.gateway.payments.find(command)
            assert found is not None
            assert found.command_id == command
        assert razorpay.effects("checkout") == 2

    def test_a_payment_is_shown_as_its_link(self, razorpay: RazorpayDriver) -> None:
        link = paid_charge(razorpay)
        [payment] = razorpay.double.payments
        assert razorpay.gateway.payments.fetch(payment).ref == link

    def test_one_that_closed_unpaid_is_cancelled(self, razorpay: RazorpayDriver) -> None:
        page = razorpay.gateway.checkouts.start_payment(payment_request())
        razorpay.advance(timedelta(days=2))
        assert razorpay.gateway.checkouts.fetch(page.ref).status == "expired"
        assert razorpay.gateway.payments.fetch(page.ref).status == "cancelled"

    def test_an_abandoned_one_is_closed(self, razorpay: RazorpayDriver) -> None:
        page = razorpay.gateway.checkouts.start_payment(payment_request())
        razorpay.gateway.checkouts.abandon(page.ref)
        assert razorpay.gateway.checkouts.fetch(page.ref).status == "expired"

    def test_an_unpaid_one_can_t_be_refunded(self, razorpay: RazorpayDriver) -> None:
        page = razorpay.gateway.checkouts.start_payment(payment_request())
        with pytest.raises(GatewayRejected):
            razorpay.gateway.payments.refund("refund_1", page.ref, SETUP_FEE, "Mistake")

    def test_a_refund_is_looked_for_before_it_is_made_again(self, razorpay: RazorpayDriver) -> None:
        charge = paid_charge(razorpay)
        part = Money(10_000, "USD")
        first = razorpay.gateway.payments.refund("refund_1", charge, part, "Discount")
        assert razorpay.gateway.payments.refund("refund_1", charge, part, "Another reason") == first
        [payment] = razorpay.double.payments
        assert len(razorpay.double.called("POST", f"/v1/payments/{payment}/refund")) == 1

    def test_an_unknown_payment_is_not_found(self, razorpay: RazorpayDriver) -> None:
        with pytest.raises(ReferenceNotFound):
            razorpay.gateway.payments.refund("refund_1", "pay_00000000000099", SETUP_FEE, "Mistake")
