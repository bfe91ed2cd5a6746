"""What Razorpay lets be changed of a subscription, by how it is paid."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

import pytest

from gateways.port import CapabilityNotSupported, ChangedByHand, Coupon, Swapped
from tests.support.gateway_steps import PRO, subscribed
from tests.support.razorpay_driver import RazorpayDriver
from tests.support.razorpay_driver import driver as open_driver


@pytest.fixture
def razorpay() -> Iterator[RazorpayDriver]:
    with open_driver() as opened:
        yield opened


def paid_with(razorpay: RazorpayDriver, method: str) -> str:
    razorpay.double.method = method
    return subscribed(razorpay).ref


def half(razorpay: RazorpayDriver) -> Coupon:
    offer = razorpay.double.make_offer(50)
    return Coupon(key="HALF-1", name="Half", percent=Decimal(50), offer=offer)


class TestMethods:
    @pytest.mark.parametrize("method", ["card", "card_abroad", "upi", "emandate"])
    def test_are_told(self, razorpay: RazorpayDriver, method: str) -> None:
        ref = paid_with(razorpay, method)
        assert razorpay.gateway.subscriptions.fetch(ref).paid_with == method

    def test_of_what_can_not_be_changed_are_not_asked_for(self, razorpay: RazorpayDriver) -> None:
        ref = paid_with(razorpay, "card")
        razorpay.suspend(ref)
        assert razorpay.gateway.subscriptions.fetch(ref).paid_with == ""

    @pytest.mark.parametrize("method", ["card", "upi", "emandate"])
    def test_but_cards_issued_abroad_keep_their_quantity(
        self, razorpay: RazorpayDriver, method: str
    ) -> None:
        ref = paid_with(razorpay, method)
        with pytest.raises(CapabilityNotSupported):
            razorpay.gateway.adjustments.set_quantity("qty_1", ref, 3)

    @pytest.mark.parametrize("method", ["upi", "emandate"])
    def test_but_cards_keep_their_discounts(self, razorpay: RazorpayDriver, method: str) -> None:
        ref = paid_with(razorpay, method)
        with pytest.raises(CapabilityNotSupported):
            razorpay.gateway.adjustments.give_discount("dis_1", ref, half(razorpay))


class TestQuantity:
    def test_changes_with_the_next_cycle_and_once(self, razorpay: RazorpayDriver) -> None:
        ref, port = paid_with(razorpay, "card_abroad"), razorpay.gateway.adjustments
        end = razorpay.gateway.subscriptions.fetch(ref).period_end
        assert end is not None
        for _ in range(2):
            assert port.set_quantity("qty_1", ref, 3) == Swapped(end)
        assert razorpay.gateway.subscriptions.fetch(ref).quantity == 1
        razorpay.renew(ref)
        seen = razorpay.gateway.subscriptions.fetch(ref)
        assert (seen.quantity, seen.planned) == (3, None)
        newest = razorpay.gateway.subscriptions.invoices(None, ref)[0]
        assert newest.total == 3 * PRO.price.amount

    def test_is_taken_back_before_that(self, razorpay: RazorpayDriver) -> None:
        ref, port = paid_with(razorpay, "card_abroad"), razorpay.gateway.adjustments
        port.set_quantity("qty_1", ref, 3)
        port.set_quantity("qty_2", ref, 1)
        razorpay.renew(ref)
        assert razorpay.gateway.subscriptions.fetch(ref).quantity == 1

    def test_waits_beside_a_discount(self, razorpay: RazorpayDriver) -> None:
        ref, port = paid_with(razorpay, "card_abroad"), razorpay.gateway.adjustments
        port.set_quantity("qty_1", ref, 2)
        port.give_discount("dis_1", ref, half(razorpay))
        razorpay.renew(ref)
        newest = razorpay.gateway.subscriptions.invoices(None, ref)[0]
        assert newest.total == PRO.price.amount

    def test_is_not_lowered_under_an_offer(self, razorpay: RazorpayDriver) -> None:
        ref, port = paid_with(razorpay, "card_abroad"), razorpay.gateway.adjustments
        port.set_quantity("qty_1", ref, 3)
        port.give_discount("dis_1", ref, half(razorpay))
        razorpay.renew(ref)
        with pytest.raises(CapabilityNotSupported):
            port.set_quantity("qty_2", ref, 2)

    def test_is_left_where_people_planned_another_plan(self, razorpay: RazorpayDriver) -> None:
        ref = paid_with(razorpay, "card_abroad")
        razorpay.double.schedule_change(ref, "plan_00000000000099")
        with pytest.raises(ChangedByHand):
            razorpay.gateway.adjustments.set_quantity("qty_1", ref, 3)


class TestDiscounts:
    def test_begin_with_the_next_cycle_and_end_at_once(self, razorpay: RazorpayDriver) -> None:
        ref, port = paid_with(razorpay, "card"), razorpay.gateway.adjustments
        coupon = half(razorpay)
        for _ in range(2):
            port.give_discount("dis_1", ref, coupon)
        assert razorpay.gateway.subscriptions.fetch(ref).discounts == ()
        razorpay.renew(ref)
        [given] = razorpay.gateway.subscriptions.fetch(ref).discounts
        assert given.ref == coupon.offer
        newest = razorpay.gateway.subscriptions.invoices(None, ref)[0]
        assert newest.total == PRO.price.amount // 2
        for _ in range(2):
            port.end_discounts("dis_2", ref)
        assert razorpay.gateway.subscriptions.fetch(ref).discounts == ()
