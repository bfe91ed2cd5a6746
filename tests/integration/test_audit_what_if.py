"""History again under another limit."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from contracts import billing
from contracts.envelope import EventData
from deploy.audit.what_if import Refusals, Scenario, WhatIf
from kernel.month import Month
from projections.audit_trail.ledger import open_ledger
from runtime.readmodels.definition import ReadSide
from runtime.readmodels.shadow import unseen
from tests.support.audit_history import (
    History,
    conversation,
    message,
    plan_created,
    read_side,
    record,
    subscription,
)

NOVEMBER = Month(2026, 11)


@pytest.fixture
def side(database_url: str) -> Iterator[ReadSide]:
    with read_side(database_url) as opened:
        yield opened


@pytest.fixture
def history() -> History:
    begun = History()
    begun.add(plan_created("free", is_default=True))
    return begun


def replay(
    side: ReadSide,
    history: History,
    *,
    conversations: int | None = None,
    messages: int | None = None,
    plan: str = "free",
    since: Month = NOVEMBER,
) -> list[Refusals]:
    record(side, *history.events)
    scenario = Scenario(plan, since, conversations, messages)
    with open_ledger(side.database) as ledger:
        return WhatIf(scenario).replay(ledger, unseen)


def lives_on(plan: str, status: str = "active") -> EventData:
    whole = subscription("acme", plan=plan, status=status)
    return billing.SubscriptionAmended(workspace_id="acme", subscription=whole)


class TestWhatIf:
    def test_names_who_how_often_and_when_first(self, side: ReadSide, history: History) -> None:
        for number in range(5):
            history.add(conversation(f"c{number}"))
            history.add(message(f"m{number}"))
        history.add(conversation("c1", "globex"))
        third = history.events[1 + 2 * 2].time
        [refused] = replay(side, history, conversations=2)
        assert (refused.workspace, refused.used, refused.refused) == ("acme", 5, 3)
        assert refused.first_at == third

    def test_a_limit_of_zero_is_unlimited(self, side: ReadSide, history: History) -> None:
        history.add(conversation("c1"))
        assert replay(side, history, conversations=0) == []

    def test_only_while_the_workspace_lives_on_the_plan(
        self, side: ReadSide, history: History
    ) -> None:
        history.add(message("m1"))
        history.add(lives_on("pro"))
        history.add(message("m2"))
        history.add(lives_on("pro", "cancelled"))
        history.add(message("m3"))
        [refused] = replay(side, history, messages=1)
        assert (refused.used, refused.refused) == (3, 1)
        assert refused.first_at == history.events[-1].time

    def test_months_are_counted_by_themselves_from_the_first_one_asked_for(
        self, side: ReadSide, history: History
    ) -> None:
        for month in (10, 11, 12):
            for number in range(2):
                at = datetime(2026, month, 5, tzinfo=UTC) + timedelta(hours=number)
                data = message(f"{month}-{number}", "acme", f"2026-{month}")
                history.add(data, at=at, recorded_at=max(at, history.now))
        found = replay(side, history, messages=1)
        assert sorted((each.month, each.refused) for each in found) == [
            ("2026-11", 1),
            ("2026-12", 1),
        ]
