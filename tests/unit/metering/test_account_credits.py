"""Credits of an account: granted, spent, revoked and expired; and what corrections give back."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from services.metering.domain.accounts import grants, ledger
from services.metering.domain.accounts.given import MonthlyCredits, Quota
from services.metering.domain.accounts.grants import NewGrant
from services.metering.domain.accounts.terms import Terms
from services.metering.domain.errors import (
    GrantNotFound,
    QuotaExceeded,
    UsageNotFound,
)
from tests.support.account_book import NOVEMBER, NOW, Book


class TestCredits:
    def test_burn_by_priority_then_expiry_then_age(self) -> None:
        book = Book(Terms(Quota(0)))
        book.grant("late", 10, expires_at=NOW + timedelta(days=9))
        book.grant("never", 10)
        book.grant("early", 10, expires_at=NOW + timedelta(days=2))
        book.grant("younger", 10)
        book.grant("first", 10, priority=1)
        book.reserve("r1", 50)
        assert list(book.sources("r1")) == ["first", "early", "late", "never", "younger"]

    def test_an_ended_grant_may_be_used_by_who_holds_it_and_lapses_then(self) -> None:
        book = Book(Terms(Quota(0)))
        book.grant("g1", 30, expires_at=NOW + timedelta(days=1))
        book.reserve("r1", 20)
        book.now += timedelta(days=1)
        [expired] = book.expire("g1")
        assert expired.amount == 10  # type: ignore[attr-defined]
        assert book.settle("r1", 5).released == 0
        assert (book.account.used(NOVEMBER), book.remaining) == (5, 0)
        assert book.account.balance(ledger.LAPSED) == 15

    def test_a_grant_is_of_no_use_from_its_end_whether_that_is_recorded_or_not(self) -> None:
        book = Book(Terms(Quota(0)))
        book.grant("g1", 30, expires_at=NOW + timedelta(days=1))
        book.now += timedelta(days=1)
        with pytest.raises(QuotaExceeded):
            book.reserve("r1", 1)

    def test_revoking_takes_what_is_neither_spent_nor_held(self) -> None:
        book = Book(Terms(Quota(0)))
        book.grant("g1", 30)
        book.use("turn-1", 5)
        book.reserve("r1", 10)
        [revoked] = book.revoke("g1")
        assert revoked.amount == 15  # type: ignore[attr-defined]
        assert book.revoke("g1") == []
        book.release("r1")
        assert book.remaining == 0

    def test_an_id_is_granted_once(self) -> None:
        book = Book()
        book.grant("g1", 30)
        assert book.grant("g1", 99).amount == 30

    def test_what_was_never_granted_can_not_be_revoked(self) -> None:
        with pytest.raises(GrantNotFound):
            Book().revoke("g1")


class TestCreditsOfPlans:
    def given(self, amount: int, rollover: int = 0, now: datetime = NOW) -> NewGrant | None:
        terms = Terms(Quota(0), monthly_credits=MonthlyCredits(amount, rollover))
        return grants.due_of_plan(self.book.account, terms, now)

    def setup_method(self) -> None:
        self.book = Book()

    def test_are_due_once_a_month_and_end_with_it(self) -> None:
        due = self.given(50)
        assert due is not None
        assert (due.amount, due.expires_at) == (50, datetime(2026, 12, 1, tzinfo=UTC))
        self._granted(due)
        assert self.given(50) is None
        assert self.given(50, now=datetime(2026, 12, 1, tzinfo=UTC)) is not None

    def test_roll_over(self) -> None:
        due = self.given(50, rollover=2)
        assert due is not None
        assert due.expires_at == datetime(2027, 2, 1, tzinfo=UTC)

    def test_after_a_change_to_more_the_difference_is_due(self) -> None:
        due = self.given(50)
        assert due is not None
        self._granted(due)
        more = self.given(80)
        assert more is not None
        assert (more.amount, more.id) == (30, "plan:2026-11:80")
        assert self.given(20) is None

    def _granted(self, due: NewGrant) -> None:
        self.book._decided(self.book.grants, due.id, grants.grant, due, NOW)


class TestCorrections:
    def test_what_was_not_used_goes_back_first_from_where_it_was_taken_last(self) -> None:
        book = Book()
        book.grant("g1", 20)
        book.use("turn-1", 130)
        assert book.correct("turn-1", 110).value == 110
        assert book.sources("turn-1") == {"quota": 100, "g1": 10}
        assert (book.account.overdrawn(NOVEMBER), book.remaining) == (0, 10)

    def test_void_gives_everything_back(self) -> None:
        book = Book()
        book.use("turn-1", 60)
        book.correct("turn-1", 0)
        assert (book.account.used(NOVEMBER), book.remaining) == (0, 100)

    def test_more_is_never_refused(self) -> None:
        book = Book()
        book.use("turn-1", 60)
        book.correct("turn-1", 110)
        assert book.sources("turn-1") == {"quota": 100, "overdrawn": 10}

    def test_a_correction_is_made_once(self) -> None:
        book = Book()
        book.use("turn-1", 60)
        book.correct("turn-1", 10)
        book.correct("turn-1", 20, "c2")
        assert book.correct("turn-1", 10).value == 20

    def test_in_the_month_of_the_event(self) -> None:
        book = Book()
        book.use("turn-1", 60)
        book.now = datetime(2026, 12, 3, tzinfo=UTC)
        book.correct("turn-1", 10)
        assert book.account.used(NOVEMBER) == 10

    @pytest.mark.parametrize("known", [False, True])
    def test_what_was_never_counted_can_not_be_corrected(self, *, known: bool) -> None:
        book = Book()
        if known:
            book.reserve("turn-1", 5)
        with pytest.raises(UsageNotFound):
            book.correct("turn-1", 1)
