"""Whatever happens to an account, an independent ledger of single units agrees with it."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import timedelta

import pytest

from kernel.errors import DomainError
from services.metering.domain.accounts import ledger
from services.metering.domain.accounts.given import Quota
from services.metering.domain.accounts.records import GrantRecord, UsageRecord
from services.metering.domain.accounts.terms import Terms
from services.metering.domain.errors import QuotaExceeded
from tests.support.account_book import NOVEMBER, Book
from tests.support.rounds import rounds

LIMIT, OVERDRAFT, STEPS = 60, 5, 400


@dataclass
class Life:
    """A random one: several ids, all kinds of commands, time that goes on."""

    seed: int
    book: Book = field(default_factory=lambda: Book(Terms(Quota(LIMIT), OVERDRAFT)))

    def __post_init__(self) -> None:
        self.random = random.Random(self.seed)
        self.paying: dict[str, int] = {}
        self.paid_back: Counter[str] = Counter()

    def step(self) -> None:
        name, grant = f"u{self.random.randrange(30)}", f"g{self.random.randrange(8)}"
        amount, book = self.random.randint(1, 25), self.book
        ends = book.now + timedelta(minutes=self.random.randrange(1, 300))
        steps: list[Callable[[], object]] = [
            lambda: book.use(name, amount),
            lambda: book.use(name, amount, exact=True),
            lambda: self.reserve(name, amount),
            lambda: self.reserve(name, amount),
            lambda: book.settle(name, amount),
            lambda: book.release(name),
            lambda: book.release(name, "expired"),
            lambda: book.correct(name, amount, f"c{amount}"),
            lambda: book.grant(grant, amount, priority=amount % 3),
            lambda: book.grant(grant, amount, expires_at=ends),
            lambda: book.revoke(grant),
            lambda: book.expire(grant),
        ]
        book.now += timedelta(minutes=self.random.randrange(3))
        with suppress(DomainError):
            self.random.choice(steps)()
        self.pay_back()

    def pay_back(self) -> None:
        """Units that a grant had paid for what was overdrawn, and that were not used after all, are
        the grant's again: the youngest one's first, and nobody's where it has ended."""
        for name, record in self.book.grants.items():
            assert isinstance(record, GrantRecord)
            self.paying.setdefault(name, record.repaid)
        surplus = sum(self.paying.values()) - self.taken()["overdrawn"]
        ages = {each.id: each.number for each in self.book.account.grants}
        for name in sorted(self.paying, key=lambda each: -ages.get(each, 0)):
            back = max(0, min(surplus, self.paying[name]))
            surplus -= back
            self.paying[name] -= back
            record = self.book.grants[name]
            if isinstance(record, GrantRecord) and self.lives(record):
                self.paid_back[name] += back

    def lives(self, record: GrantRecord) -> bool:
        ends = record.expires_at
        return record.end is None and (ends is None or self.book.now < ends)

    def reserve(self, name: str, amount: int) -> None:
        """Passes exactly when single units are enough."""
        book = self.book
        known = book.usages.get(name)
        fresh = not isinstance(known, UsageRecord) or known.status not in ("reserved", "counted")
        room = self.units_free() + OVERDRAFT
        try:
            book.reserve(name, amount)
        except QuotaExceeded:
            assert fresh
            assert amount > room
        else:
            assert not fresh or amount <= room

    def taken(self) -> Counter[str]:
        """By source, of all that counts or is held."""
        found: Counter[str] = Counter()
        for record in self.book.usages.values():
            if isinstance(record, UsageRecord) and record.status in ("reserved", "counted"):
                found.update({part.source: part.amount for part in record.sources})
        return found

    def units_free(self) -> int:
        """Counted from the ids alone, without the account: what was given less what was taken."""
        taken, free = self.taken(), 0
        for name, record in self.book.grants.items():
            assert isinstance(record, GrantRecord)
            if self.lives(record):
                free += record.amount - record.repaid + self.paid_back[name] - taken[name]
        debt = taken["overdrawn"] - sum(self.paying.values())
        return max(0, LIMIT - taken["quota"]) + free - debt

    def check(self) -> None:
        account, taken = self.book.account, self.taken()
        counted = [
            record for record in self.book.usages.values() if isinstance(record, UsageRecord)
        ]
        used = sum(each.value for each in counted if each.status == "counted")
        held = sum(each.amount for each in counted if each.status == "reserved")
        assert (account.used(NOVEMBER), account.held(NOVEMBER)) == (used, held)
        assert account.of_quota(NOVEMBER) == taken["quota"]
        assert sum(account.balances.values()) == 0
        for grant, record in self.book.grants.items():
            assert isinstance(record, GrantRecord)
            assert 0 <= account.free(grant) <= record.amount
        assert account.overdrawn(NOVEMBER) >= 0
        free = self.units_free()
        left = account.credits(self.book.now) + max(0, LIMIT - account.of_quota(NOVEMBER))
        assert left - account.overdrawn(NOVEMBER) == free


def live(seed: int, steps: int) -> None:
    life = Life(seed)
    for _ in range(steps):
        life.step()
        life.check()


@pytest.mark.parametrize("seed", range(12))
def test_no_unit_is_lost_and_none_counts_twice(seed: int) -> None:
    live(seed, STEPS)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(100, 100 + rounds(100)))
def test_over_many_more_lives(seed: int) -> None:
    live(seed, 1_000)


def test_the_ledger_has_no_unknown_balance() -> None:
    life = Life(7)
    for _ in range(STEPS):
        life.step()
    ends = (ledger.GRANTED, ledger.LAPSED, ledger.REVOKED, ledger.EXPIRED)
    kinds = {name.partition(":")[0] for name in life.book.account.balances}
    assert kinds <= {"quota", "overdrawn", "used", "held", "grant", "repaid", *ends}
