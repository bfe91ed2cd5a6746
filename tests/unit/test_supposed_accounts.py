"""Accounts under a quota that did not hold."""

from __future__ import annotations

import pytest

from deploy.audit.supposed_accounts import SupposedAccount, as_it_was
from projections.audit_trail.figures import Fact, used
from services.metering.domain.accounts.account import Account
from services.metering.domain.accounts.given import Quota
from services.metering.domain.accounts.terms import Terms
from services.metering.published import body
from tests.support.account_book import Book
from tests.unit.metering.test_accounts_property import LIMIT, OVERDRAFT, Life

STEPS = 400


def suppose(book: Book, terms: Terms | None) -> tuple[SupposedAccount, int]:
    """The account, and how many units were refused; `None`: with what held in truth."""
    corrected = frozenset(name for name in book.usages)
    supposed, refused = SupposedAccount(Account("acme", "tokens"), corrected), 0
    for event in book.events:
        told = body(event)
        facts = told.model_dump(mode="json")
        holds = terms or as_it_was(supposed.state, facts)
        if supposed.apply(told.TYPE, facts, event.timestamp, holds):
            refused += used(Fact(told.TYPE, facts))
    return supposed, refused


@pytest.mark.parametrize("seed", range(8))
def test_where_it_did_not_hold_all_is_as_it_was(seed: int) -> None:
    life = Life(seed)
    for _ in range(STEPS):
        life.step()
    supposed, refused = suppose(life.book, None)
    assert supposed.state == life.book.account
    assert refused == 0


@pytest.mark.parametrize("seed", range(8))
def test_under_what_held_only_what_was_not_asked_for_is_refused(seed: int) -> None:
    life = Life(seed)
    for _ in range(STEPS):
        life.step()
    counted = sum(used(Fact(told.TYPE, told.model_dump())) for told in map(body, life.book.events))
    supposed, refused = suppose(life.book, Terms(Quota(LIMIT), OVERDRAFT))
    assert sum(supposed.state.balances.values()) == 0
    assert supposed.state.used("2026-11") == counted - refused


def test_a_reservation_that_is_refused_takes_nothing_until_it_is_made_anew() -> None:
    book = Book()
    book.reserve("r1", 60)
    book.settle("r1", 50)
    book.reserve("r2", 50)
    book.release("r2")
    book.reserve("r2", 30)
    book.settle("r2", 30)
    supposed, refused = suppose(book, Terms(Quota(80)))
    assert (refused, supposed.state.used("2026-11")) == (0, 80)
    supposed, refused = suppose(book, Terms(Quota(55)))
    assert (refused, supposed.state.used("2026-11")) == (50, 30)


def test_credits_take_what_the_quota_does_not() -> None:
    book = Book()
    book.grant("g1", 20)
    book.use("u1", 90, exact=True)
    book.correct("u1", 70)
    book.use("u2", 15, exact=True)
    supposed, refused = suppose(book, Terms(Quota(70)))
    assert refused == 0
    assert supposed.state.free("g1") == 5
    assert suppose(book, Terms(Quota(60)))[1] == 70
