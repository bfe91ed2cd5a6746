"""Accounts of declared meters: what is taken from where, and where it goes back to."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from services.metering.domain.accounts import account as accounts
from services.metering.domain.accounts import grants, ledger, records, reservations, usage
from services.metering.domain.accounts.account import Account
from services.metering.domain.accounts.events import AccountEvent, Part
from services.metering.domain.accounts.given import MonthlyCredits, Quota
from services.metering.domain.accounts.grants import NewGrant
from services.metering.domain.accounts.records import GrantRecord, Record, UsageRecord
from services.metering.domain.accounts.terms import Terms, room
from services.metering.domain.accounts.usage import Correction, Used
from services.metering.domain.errors import (
    GrantNotFound,
    QuotaExceeded,
    ReservationNotFound,
    UsageNotFound,
)

Events = Sequence[AccountEvent]
Decide = Callable[..., Events]
NOW = datetime(2026, 11, 22, 10, tzinfo=UTC)
NOVEMBER = "2026-11"
HARD = Terms(Quota(100))


@dataclass
class Book:
    """An account with all its ids, as the log would make them. Each method decides and applies."""

    terms: Terms = HARD
    now: datetime = NOW
    account: Account = field(default_factory=lambda: Account("acme", "tokens"))
    usages: dict[str, Record] = field(default_factory=dict)
    grants: dict[str, Record] = field(default_factory=dict)
    events: list[AccountEvent] = field(default_factory=list)

    def use(self, usage_id: str, value: int, *, exact: bool = False) -> Events:
        used = Used(usage_id, value, self.now, {}, exact)
        return self._usage(usage_id, usage.record_usage, self.terms, used, self.now)

    def reserve(self, usage_id: str, amount: int) -> Events:
        ends = self.now + timedelta(minutes=30)
        facts = (self.terms, usage_id, amount, ends, self.now)
        return self._usage(usage_id, reservations.reserve, *facts)

    def settle(self, usage_id: str, value: int) -> UsageRecord:
        self._usage(usage_id, reservations.settle, self.terms, value, {}, self.now)
        return self.usage(usage_id)

    def release(self, usage_id: str, reason: Any = "released") -> Events:
        return self._usage(usage_id, reservations.release, reason, self.now)

    def correct(self, usage_id: str, value: int, correction: str = "c1") -> UsageRecord:
        made = Correction(correction, value, "wrong")
        self._usage(usage_id, usage.correct, self.terms, made, self.now)
        return self.usage(usage_id)

    def grant(self, grant_id: str, amount: int, **more: Any) -> GrantRecord:
        new = NewGrant(grant_id, amount, "test", **more)
        self._decided(self.grants, grant_id, grants.grant, new, self.now)
        found = self.grants[grant_id]
        assert isinstance(found, GrantRecord)
        return found

    def revoke(self, grant_id: str) -> Events:
        return self._decided(self.grants, grant_id, grants.revoke, "refund", self.now)

    def expire(self, grant_id: str) -> Events:
        return self._decided(self.grants, grant_id, grants.expire, self.now)

    def usage(self, usage_id: str) -> UsageRecord:
        found = self.usages[usage_id]
        assert isinstance(found, UsageRecord)
        return found

    def sources(self, usage_id: str) -> dict[str, int]:
        return {part.source: part.amount for part in self.usage(usage_id).sources}

    @property
    def remaining(self) -> int | None:
        return room(self.account, self.terms, NOVEMBER, self.now).remaining

    def _usage(self, name: str, decide: Decide, *facts: Any) -> Events:
        return self._decided(self.usages, name, decide, *facts)

    def _decided(self, ids: dict[str, Record], name: str, decide: Decide, *facts: Any) -> Events:
        decided: Events = decide(self.account, ids.get(name), *facts)
        for event in decided:
            self.events.append(event)
            self.account = accounts.evolve(self.account, event)
            ids[name] = records.evolve(ids.get(name), event)
            assert sum(amount for _, amount in ledger.postings(event)) == 0, event
        return decided


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
