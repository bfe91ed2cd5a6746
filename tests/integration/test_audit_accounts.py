"""Accounts of declared meters as of a moment equal what metering made of the events until then."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from projections.audit_trail.as_of import AsOf, PointInTime
from runtime.readmodels.definition import ReadSide
from services.metering.domain.accounts.account import Account, evolve
from services.metering.published import body
from tests.support.account_book import NOVEMBER
from tests.support.audit_history import History, read_side, record
from tests.support.postgres import fresh_database
from tests.unit.metering.test_accounts_property import Life


@pytest.fixture(scope="module")
def side(postgres_url: str) -> Iterator[ReadSide]:
    with fresh_database(postgres_url) as url, read_side(url) as side:
        yield side


class TestAccountsAsOf:
    def test_equal_what_metering_made_of_the_events(self, side: ReadSide) -> None:
        life = Life(7)
        for _ in range(150):
            life.step()
        events = life.book.events
        history = History()
        for event in events:
            history.add(body(event), at=event.timestamp)
        record(side, *history.events)
        account = Account("acme", "tokens")
        for number, (event, told) in enumerate(zip(events, history.events, strict=True)):
            account = evolve(account, event)
            if number % 10 and number + 1 < len(events):
                continue
            point = PointInTime(told.time, told.recorded_at)
            [shown] = AsOf(side.database, "acme", point).meters()
            assert shown == {
                "meter": "tokens",
                "used": account.used(NOVEMBER),
                "reserved": account.held(NOVEMBER),
                "credits": account.credits(told.time),
                "overdrawn": account.overdrawn(NOVEMBER),
                "event": told.id,
            }
