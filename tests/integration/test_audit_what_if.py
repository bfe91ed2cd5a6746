"""History again under another limit."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta

import pytest

from contracts import billing, metering
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
    quotas: Mapping[str, int] = {},
) -> list[Refusals]:
    record(side, *history.events)
    scenario = Scenario(plan, since, conversations, messages, quotas)
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


def tokens(usage_id: str, value: int, workspace: str = "acme") -> EventData:
    return metering.UsageRecorded(
        workspace_id=workspace,
        meter="tokens",
        usage_id=usage_id,
        month="2026-11",
        value=value,
        dimensions={},
        sources=(metering.Part(source="quota", amount=value),),
        over=0,
    )


def overridden(workspace: str, limit: int) -> EventData:
    quotas = {"tokens": {"limit": limit, "mode": "hard"}}
    facts = {"workspace_id": workspace, "quotas": quotas, "limits": {}, "features": {}}
    return billing.WorkspaceOverridesChanged.model_validate({**facts, "until": None})


class TestDeclaredMeters:
    def test_name_who_used_more_in_units(self, side: ReadSide, history: History) -> None:
        for number, value in enumerate((400, 500, 300, 100)):
            history.add(tokens(f"u{number}", value))
            history.add(tokens(f"u{number}", value // 10, "globex"))
        third = history.events[1 + 2 * 2].time
        [refused] = replay(side, history, quotas={"tokens": 1000})
        assert (refused.workspace, refused.metric) == ("acme", "tokens")
        assert (refused.used, refused.refused) == (1300, 300)
        assert refused.first_at == third

    def test_not_where_an_override_holds_instead(self, side: ReadSide, history: History) -> None:
        history.add(overridden("acme", 5000))
        history.add(tokens("u1", 600))
        history.add(tokens("u1", 600, "globex"))
        [refused] = replay(side, history, quotas={"tokens": 500})
        assert refused.workspace == "globex"

    def test_a_quota_of_zero_is_none(self, side: ReadSide, history: History) -> None:
        history.add(tokens("u1", 1))
        [refused] = replay(side, history, quotas={"tokens": 0})
        assert (refused.used, refused.refused) == (1, 1)
