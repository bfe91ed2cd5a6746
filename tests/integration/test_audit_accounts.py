"""Accounts of declared meters as of a moment equal what metering made of the events until then, and
so does what was corrected of the others."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from contracts import metering
from projections.audit_trail.as_of import AsOf, PointInTime
from projections.audit_trail.figures import Fact, Figures
from runtime.readmodels.definition import ReadSide
from services.metering.domain.accounts.account import Account, evolve
from services.metering.published import body
from tests.support.account_book import NOVEMBER
from tests.support.audit_history import History, read_side, record
from tests.support.postgres import fresh_database
from tests.unit.metering.test_accounts_property import Life
from tools.verify_bundle import figures as verified_figures


@pytest.fixture
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


class TestCorrectedUsageAsOf:
    def test_counts_as_it_had_been_corrected_by_then(self, side: ReadSide) -> None:
        history = History()
        facts: dict[str, Any] = {"workspace_id": "corrected", "month": NOVEMBER, "agent_id": None}
        at = datetime(2026, 11, 20, 10, tzinfo=UTC)
        for name in ("m1", "m2"):
            history.add(metering.MessageMetered(**facts, usage_id=name), at=at)
        voided = {"correction_id": "k1", "usage_day": "2026-11-20", "reason": "Twice."}
        history.add(
            metering.MessageCorrected(**facts, **voided, usage_id="m1", before=1, value=0),
            at=at + timedelta(hours=2),
        )
        record(side, *history.events)
        known = max(event.recorded_at for event in history.events)
        before, after = (
            AsOf(side.database, "corrected", PointInTime(at + timedelta(hours=hours), known))
            for hours in (1, 3)
        )
        assert before.usage() == {NOVEMBER: {"message": 2, "conversation": 0}}
        assert after.usage() == {NOVEMBER: {"message": 1, "conversation": 0}}
        told = [
            {"published": {"type": event.type, "data": event.data.model_dump()}}
            for event in history.events
        ]
        figures = Figures.of(Fact(event.type, event.data.model_dump()) for event in history.events)
        assert verified_figures(told)["usage"] == figures.usage == after.usage()
