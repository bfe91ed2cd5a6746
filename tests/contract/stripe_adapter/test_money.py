"""Amounts at Stripe."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateways.port import (
    GatewayRejected,
    PlanSpec,
)
from gateways.stripe.money import from_stripe, to_stripe
from kernel.money import Money
from tests.support.stripe_driver import StripeDriver


class TestMoney:
    @pytest.mark.parametrize(
        ("money", "sent"),
        [
            (Money(4_999, "USD"), (4_999, "usd")),
            (Money(500, "JPY"), (500, "jpy")),
            (Money(199_950, "HUF"), (199_950, "huf")),
            (Money(1_000, "TWD"), (1_000, "twd")),
            (Money(5_120, "KWD"), (5_120, "kwd")),
            (Money(5_124, "KWD"), (5_120, "kwd")),
            (Money(5_125, "KWD"), (5_130, "kwd")),
            (Money(5, "ISK"), (500, "isk")),
            (Money(5, "UGX"), (500, "ugx")),
            (Money(500, "MGA"), (5, "mga")),
        ],
    )
    def test_is_sent_as_stripe_wants_it(self, money: Money, sent: tuple[int, str]) -> None:
        assert to_stripe(money) == sent

    @given(
        amount=st.integers(-(10**9), 10**9),
        currency=st.sampled_from(["USD", "EUR", "JPY", "HUF", "TWD", "ISK", "UGX", "KRW"]),
    )
    def test_comes_back_unchanged(self, amount: int, currency: str) -> None:
        assert from_stripe(*to_stripe(Money(amount, currency))) == Money(amount, currency)

    @given(amount=st.integers(0, 10**9), currency=st.sampled_from(["KWD", "BHD", "OMR", "MGA"]))
    def test_is_rounded_once_where_stripe_is_coarser(self, amount: int, currency: str) -> None:
        rounded = from_stripe(*to_stripe(Money(amount, currency)))
        assert abs(rounded.amount - amount) <= 50
        assert from_stripe(*to_stripe(rounded)) == rounded

    def test_a_currency_that_is_none_is_refused(self) -> None:
        with pytest.raises(GatewayRejected):
            to_stripe(Money(100, "XYZ"))

    def test_a_plan_in_fils_is_sold_rounded_and_synced_once(self, opened: StripeDriver) -> None:
        plan = PlanSpec("local", "Local", Money(1_504, "KWD"), "month")
        first = opened.gateway.catalogue.ensure_plan("sync_1", plan, None)
        assert first.amount == Money(1_500, "KWD")
        assert opened.gateway.catalogue.ensure_plan("sync_2", plan, first).price == first.price
