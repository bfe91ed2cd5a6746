"""Accounts of declared meters as of a moment equal what metering made of the events until then, and
so does what was corrected of the others."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from contracts import billing, metering
from kernel.errors import NotFound
from projections.audit_trail.as_of import AsOf, PointInTime
from projections.audit_trail.auditing import Sources
from projections.audit_trail.explaining import explain_account, explain_decision
from projections.audit_trail.figures import Fact, Figures
from runtime.readmodels.definition import ReadSide
from services.metering.domain.accounts.account import Account, evolve
from services.metering.domain.accounts.terms import Terms, room
from services.metering.published import body
from tests.support.account_book import NOVEMBER
from tests.support.audit_history import History, read_side, record, subscription
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
                "limit": Terms().limit(account),
                "mode": "hard",
                "remaining": room(account, Terms(), NOVEMBER, told.time).remaining,
                "event": told.id,
            }


class TestFigures:
    @pytest.mark.parametrize("seed", range(3))
    def test_of_both_verifiers_are_what_metering_made_of_the_events(self, seed: int) -> None:
        life = Life(seed)
        for _ in range(300):
            life.step()
        facts = [
            Fact(told.TYPE, told.model_dump(mode="json")) for told in map(body, life.book.events)
        ]
        account = life.book.account
        free = sum(account.free(grant.id) for grant in account.grants)
        expected = {"tokens": {"used": {NOVEMBER: account.used(NOVEMBER)}, "credits": free}}
        lines = [{"published": {"type": fact.type, "data": fact.data}} for fact in facts]
        assert Figures.of(facts).as_json()["meters"] == expected
        assert verified_figures(lines)["meters"] == expected
        assert "meters" not in Figures.of(facts).as_json(meters=False)
        assert "meters" not in verified_figures(lines, whole=False)


class TestQuotasAsOf:
    def test_are_those_of_the_plan_for_all_units_with_what_was_agreed(self, side: ReadSide) -> None:
        history = History()
        at = datetime(2026, 11, 20, 10, tzinfo=UTC)
        plan = {"slug": "pro", "monthly_conversations": 10, "monthly_messages": None}
        quotas = {"tokens": {"limit": 1000, "mode": "soft"}}
        more = {"family": None, "max_tokens_per_response": None, "features": {"sso": True}}
        told = {**plan, **more, "limits": {"agents": 5, "members": None}, "quotas": quotas}
        history.add(billing.PlanLimitsChanged.model_validate(told), at=at)
        per_unit = {"unit": "seat", "min": 1, "max": None, "scales": ["agents", "tokens"]}
        sold = {"slug": "pro", "per_unit": per_unit, "trial_days": None}
        history.add(
            billing.PlanSaleTermsChanged.model_validate({**sold, "trial_requires_card": True}),
            at=at,
        )
        history.add(assigned("acme", "pro", quantity=3), at=at)
        history.add(used("acme", 500), at=at + timedelta(minutes=1))
        agreed = {"limits": {"agents": None}, "features": {"remove_branding": True}}
        overrides = {
            "workspace_id": "acme",
            "until": at + timedelta(hours=2),
            **agreed,
            "quotas": {"conversation": {"limit": 7, "mode": "hard"}},
        }
        history.add(
            billing.WorkspaceOverridesChanged.model_validate(overrides), at=at + timedelta(hours=1)
        )
        record(side, *history.events)
        known = max(event.recorded_at for event in history.events)

        def shown(hours: float) -> tuple[Any, ...]:
            point = PointInTime(at + timedelta(hours=hours), known)
            answer = AsOf(side.database, "acme", point).answer()
            entitled, [account] = answer["entitlements"], answer["meters"]
            limits = entitled["limits"], entitled["removes_branding"]
            return *limits, entitled["conversations"]["limit"], account["remaining"]

        scaled = ({"agents": 15, "members": None}, False, 10, 2500)
        assert shown(0.5) == scaled
        assert shown(1.5) == ({"agents": None, "members": None}, True, 7, 2500)
        assert shown(2.5) == scaled


def assigned(workspace: str, plan: str, quantity: int) -> billing.PlanAssigned:
    facts = subscription(workspace, plan=plan, quantity=quantity)
    return billing.PlanAssigned(workspace_id=workspace, subscription=facts)


def used(workspace: str, value: int) -> metering.UsageRecorded:
    return metering.UsageRecorded(
        workspace_id=workspace,
        meter="tokens",
        usage_id="u1",
        month=NOVEMBER,
        value=value,
        dimensions={},
        sources=(metering.Part(source="quota", amount=value),),
        over=0,
    )


class TestExplainedAccounts:
    def test_lead_to_the_events_that_moved_their_units(self, side: ReadSide) -> None:
        history = History()
        at = datetime(2026, 11, 20, 10, tzinfo=UTC)
        for name, value in (("acme", 500), ("other", 1), ("acme", 20)):
            history.add(used(name, value), at=at)
        record(side, *history.events)
        told = explain_account(side.database, "acme", "tokens", at, "", 50)
        assert told["figure"]["used"] == 520
        assert [event["id"] for event in told["data"]] == ["metering:1", "metering:3"]
        with pytest.raises(NotFound):
            explain_account(side.database, "acme", "seconds", at, "", 50)

    def test_so_does_a_refusal(self, side: ReadSide) -> None:
        history = History()
        for value in (500, 20):
            history.add(used("acme", value))
        record(side, *history.events)
        decision = {"workspace_id": "acme", "meter": "tokens", "month": NOVEMBER}
        known = {"usage": "metering:1", "limits": 0}
        sources = Sources(
            publishers=dict,
            states=lambda _: [],
            decision=lambda _: {**decision, "known": known},
            movement=lambda _: {},
            personal_data=lambda _: pytest.fail("nobody asks"),
        )
        told = explain_decision(side.database, sources, "decm_1", "", 50)
        assert [event["id"] for event in told["data"]] == ["metering:1"]
        assert told["set_by"] == []


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
