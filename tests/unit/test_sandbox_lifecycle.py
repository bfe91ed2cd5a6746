"""What happens to a subscription at the sandbox, without its file."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from gateways.port import CurrencyMismatch, GatewayRejected, Interval
from gateways.sandbox.simulation import lifecycle
from gateways.sandbox.simulation.records import Price, Subscription
from kernel.money import Money

START = datetime(2026, 1, 31, 12, tzinfo=UTC)
MOMENTS = st.datetimes(
    min_value=datetime(2020, 1, 1),  # noqa: DTZ001 - hypothesis adds the zone
    max_value=datetime(2040, 1, 1),  # noqa: DTZ001
    timezones=st.just(UTC),
)


def price(amount: int, interval: Interval = "month", currency: str = "USD") -> Price:
    ref = f"price_{amount}_{interval}"
    return Price(id=ref, product="prod", amount=Money(amount, currency), interval=interval)


def living(amount: int = 3000, at: datetime = START) -> Subscription:
    return Subscription(
        id="sub_1",
        workspace_id="acme",
        customer="cus_1",
        method="pm_1",
        price=price(amount).id,
        amount=Money(amount, "USD"),
        interval="month",
        started_at=at,
        anchor=at,
        period_start=at,
        period_end=lifecycle.boundary_after(at, at, "month"),
    )


class TestBegun:
    def test_periods_end_on_the_day_they_began_on_where_the_month_has_it(self) -> None:
        subscription, ends = living(), []
        for _ in range(3):
            ends.append(f"{subscription.period_end:%m-%d}")
            subscription = lifecycle.begun(subscription, None)
        assert ends == ["02-28", "03-31", "04-30"]

    @given(MOMENTS, st.sampled_from(["month", "year"]))
    def test_the_next_boundary_is_one_interval_away(
        self, start: datetime, interval: Interval
    ) -> None:
        length = lifecycle.boundary_after(start, start, interval) - start
        least, most = (28, 31) if interval == "month" else (365, 366)
        assert timedelta(days=least) <= length <= timedelta(days=most)

    def test_a_scheduled_end_takes_the_place_of_the_next_period(self) -> None:
        over = lifecycle.begun(lifecycle.scheduled(living()), None)
        assert (over.phase, over.ended_at, over.cancel_at) == (
            "cancelled",
            living().period_end,
            None,
        )

    def test_what_has_ended_begins_nothing(self) -> None:
        with pytest.raises(GatewayRejected):
            lifecycle.begun(lifecycle.ended(living(), START), None)


class TestSwapped:
    def test_half_a_month_left_costs_half_the_difference(self) -> None:
        before = living(3000)
        middle = before.period_start + (before.period_end - before.period_start) / 2
        after = lifecycle.swapped(before, price(5000), middle)
        assert after.balance == 1000
        assert lifecycle.invoice_amount(after) == Money(6000, "USD")
        assert after.period_end == before.period_end

    def test_another_interval_begins_anew_and_credits_what_is_unused(self) -> None:
        before = living(3000)
        after = lifecycle.swapped(before, price(30_000, "year"), START)
        assert after.period_end == START.replace(year=2027)
        assert lifecycle.invoice_amount(after) == Money(27_000, "USD")
        assert after.started_at == before.started_at

    def test_a_currency_can_not_change(self) -> None:
        with pytest.raises(CurrencyMismatch):
            lifecycle.swapped(living(), price(3000, currency="EUR"), START)

    @given(st.integers(0, 10**7), st.integers(0, 10**7), st.floats(-1, 2), st.integers(-(10**7), 0))
    def test_there_and_back_again_costs_nothing(
        self, old: int, new: int, share: float, balance: int
    ) -> None:
        before = replace(living(old), balance=balance)
        at = before.period_start + (before.period_end - before.period_start) * share
        back = lifecycle.swapped(lifecycle.swapped(before, price(new), at), price(old), at)
        assert (back.balance, back.price) == (balance, before.price)


class TestBilled:
    def test_a_credit_larger_than_the_price_stays_for_the_next_invoice(self) -> None:
        credited = replace(living(3000), balance=-5000)
        assert lifecycle.invoice_amount(credited) == Money(0, "USD")
        assert lifecycle.billed(credited).balance == -2000

    @given(st.integers(0, 10**7), st.integers(-(10**8), 10**7))
    def test_nothing_is_lost_between_invoices(self, amount: int, balance: int) -> None:
        subscription = replace(living(amount), balance=balance)
        asked = lifecycle.invoice_amount(subscription).amount
        assert asked >= 0
        assert asked + lifecycle.billed(subscription).balance == amount + balance
