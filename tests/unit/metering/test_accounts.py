"""Accounts of declared meters: what is taken from where, and where it goes back to."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from services.metering.domain.accounts.events import Part
from services.metering.domain.accounts.given import Quota
from services.metering.domain.accounts.terms import Terms
from services.metering.domain.errors import (
    QuotaExceeded,
    ReservationNotFound,
)
from tests.support.account_book import NOVEMBER, Book


class TestUsage:
    def test_takes_of_the_quota_first_and_then_of_credits(self) -> None:
        book = Book()
        book.grant("g1", 50)
        book.use("turn-1", 120)
        assert book.sources("turn-1") == {"quota": 100, "g1": 20}
        assert book.remaining == 30

    def test_an_exact_one_that_does_not_fit_takes_nothing(self) -> None:
        book = Book()
        book.use("turn-1", 60, exact=True)
        with pytest.raises(QuotaExceeded):
            book.use("turn-2", 41, exact=True)
        assert book.account.used(NOVEMBER) == 60

    def test_what_happened_counts_whatever_there_is(self) -> None:
        book = Book()
        book.use("turn-1", 130)
        assert book.sources("turn-1") == {"quota": 100, "overdrawn": 30}
        assert (book.account.used(NOVEMBER), book.account.overdrawn(NOVEMBER)) == (130, 30)

    def test_beyond_a_soft_quota_nothing_is_overdrawn(self) -> None:
        book = Book(Terms(Quota(100, soft=True)))
        [event] = book.use("turn-1", 130, exact=True)
        assert (event.sources, event.over) == ((Part(source="quota", amount=130),), 30)  # type: ignore[attr-defined]

    def test_of_a_meter_that_the_plan_does_not_name_credits_are_what_may_be_used(self) -> None:
        book = Book(Terms())
        book.use("before", 10**9, exact=True)
        book.grant("g1", 50)
        assert book.remaining == 50
        with pytest.raises(QuotaExceeded):
            book.use("turn-1", 51, exact=True)

    def test_an_id_counts_once(self) -> None:
        book = Book()
        book.use("turn-1", 10)
        assert book.use("turn-1", 20) == []


class TestReservations:
    def test_what_is_settled_below_goes_back_exactly_where_it_came_from(self) -> None:
        book = Book(Terms(Quota(10)))
        book.grant("g1", 50)
        book.reserve("r1", 40)
        assert book.sources("r1") == {"quota": 10, "g1": 30}
        settled = book.settle("r1", 15)
        assert (settled.value, settled.released, settled.overdrawn) == (15, 25, 0)
        assert book.sources("r1") == {"quota": 10, "g1": 5}
        assert (book.account.free("g1"), book.account.held(NOVEMBER)) == (45, 0)

    def test_what_is_settled_above_takes_what_there_is_and_overdraws_the_rest(self) -> None:
        book = Book(Terms(Quota(10)))
        book.grant("g1", 20)
        book.reserve("r1", 15)
        assert book.settle("r1", 45).overdrawn == 15
        assert book.sources("r1") == {"quota": 10, "g1": 20, "overdrawn": 15}

    def test_after_an_overdraft_nothing_is_reserved_until_credits_pay_it_off(self) -> None:
        book = Book(Terms(Quota(10)))
        book.reserve("r1", 10)
        book.settle("r1", 30)
        with pytest.raises(QuotaExceeded):
            book.reserve("r2", 1)
        assert book.grant("g1", 25).repaid == 20
        assert book.remaining == 5
        book.reserve("r2", 5)

    def test_an_overdraft_that_is_allowed_may_be_reserved(self) -> None:
        book = Book(Terms(Quota(10), overdraft=5))
        book.reserve("r1", 15)
        assert book.sources("r1") == {"quota": 10, "overdrawn": 5}
        with pytest.raises(QuotaExceeded):
            book.reserve("r2", 1)

    def test_the_next_month_begins_anew(self) -> None:
        book = Book(Terms(Quota(10)))
        book.use("turn-1", 30)
        book.now = datetime(2026, 12, 1, tzinfo=UTC)
        book.reserve("r1", 10)

    def test_a_settlement_counts_in_the_month_of_its_reservation(self) -> None:
        book = Book()
        book.reserve("r1", 10)
        book.now = datetime(2026, 12, 1, tzinfo=UTC)
        settled = book.settle("r1", 7)
        assert (settled.month, settled.day) == (NOVEMBER, "2026-11-30")
        assert book.account.of_quota(NOVEMBER) == 7

    def test_settling_twice_is_settling_once(self) -> None:
        book = Book()
        book.reserve("r1", 10)
        book.settle("r1", 7)
        assert book.settle("r1", 9).value == 7

    def test_a_hold_that_has_ended_is_settled_all_the_same(self) -> None:
        book = Book()
        book.reserve("r1", 10)
        assert book.release("r1", "expired") == []
        book.now += timedelta(minutes=30)
        assert book.release("r1", "expired") != []
        assert book.account.held(NOVEMBER) == 0
        settled = book.settle("r1", 7)
        assert (settled.value, settled.released) == (7, 0)

    def test_usage_with_the_id_of_a_reservation_settles_it(self) -> None:
        book = Book()
        book.reserve("r1", 10)
        book.use("r1", 7)
        assert (book.account.held(NOVEMBER), book.account.used(NOVEMBER)) == (0, 7)

    def test_what_was_never_reserved_can_be_neither_settled_nor_released(self) -> None:
        with pytest.raises(ReservationNotFound):
            Book().settle("r1", 1)
        with pytest.raises(ReservationNotFound):
            Book().release("r1")
