"""What fits of an existing business, and what does not."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from gateways.port import Item, PriceRecord, SubscriptionSnapshot
from kernel.money import Money
from services.billing.domain.cutover.judgement import (
    Judged,
    KnownPrice,
    Standing,
    judge,
    without_rivals,
)
from services.billing.domain.cutover.proposal import plan_for, propose
from services.billing.domain.plan.create import PlanDefinition, decide_create
from services.billing.domain.plan.state import PLAN, Plan
from services.billing.domain.terms import Price, Terms

AT = datetime(2026, 11, 1, tzinfo=UTC)
PRICES = {"price_pro": KnownPrice("pro", "month"), "price_week": KnownPrice("pro", None)}
RUNS = SubscriptionSnapshot(
    *("stripe", "sub_1", "active", "active", AT),
    price_ref="price_pro",
    price=Money(4900, "USD"),
    started_at=AT,
    items=(Item("si_1", "price_pro"),),
)


def judged(workspace: str = "acme", standing: Standing = Standing(), **facts: Any) -> Judged:  # noqa: B008
    return judge(replace(RUNS, **facts), workspace, PRICES, standing)


class TestJudge:
    def test_what_runs_at_a_known_price_for_a_workspace_fits(self) -> None:
        assert (judged().verdict, judged().plan, judged().notes) == ("fits", "pro", ())

    @pytest.mark.parametrize(
        ("verdict", "facts"),
        [
            ("ended", {"status": "cancelled"}),
            ("not_begun", {"status": "pending"}),
            ("unknown_status", {"status": "unknown"}),
            ("customer_deleted", {"customer_deleted": True}),
            ("no_plan", {"items": (Item("si_1", "price_other"),)}),
            ("several_plans", {"items": (Item("a", "price_pro"), Item("b", "price_week"))}),
            ("plan_beside_others", {"price_ref": "price_other"}),
            ("priced_by_use", {"price": None}),
            ("other_interval", {"items": (Item("a", "price_week"),), "price_ref": "price_week"}),
            ("no_workspace", {"workspace": ""}),
            ("not_a_workspace_id", {"workspace": "a/b"}),
            ("second_subscription", {"standing": Standing(pays_for="stripe:sub_0")}),
            ("adopted", {"standing": Standing(owner="acme")}),
            ("adopted", {"workspace": "", "standing": Standing(owner="acme")}),
            ("of_another_workspace", {"standing": Standing(owner="globex")}),
        ],
    )
    def test_what_does_not_says_why(self, verdict: str, facts: dict[str, Any]) -> None:
        assert judged(**facts).verdict == verdict


class TestRivals:
    def test_the_first_one_with_access_is_left(self) -> None:
        late = judged(ref="sub_late", started_at=AT + timedelta(days=9))
        unpaid = judged(ref="sub_unpaid", status="suspended", started_at=AT - timedelta(days=9))
        other = judged("globex", ref="sub_other")
        verdicts = {
            each.snapshot.ref: each.verdict
            for each in without_rivals([late, unpaid, judged(), other])
        }
        assert verdicts == {
            "sub_late": "second_subscription",
            "sub_unpaid": "second_subscription",
            "sub_1": "fits",
            "sub_other": "fits",
        }


def plan(slug: str, name: str, cents: int = 4900) -> Plan:
    definition = PlanDefinition(slug, name, Price(cents, "USD", "month"), Terms(100))
    made = PLAN.fold(None, decide_create(definition, AT))
    assert made is not None
    return made


class TestPlanFor:
    price = PriceRecord("price_1", "prod_1", "Pro", Money(4900, "USD"), "month")

    def test_by_name_and_terms(self) -> None:
        assert plan_for(self.price, [plan("pro", "pro"), plan("team", "Team")]) == "pro"

    def test_not_by_terms_alone(self) -> None:
        assert plan_for(self.price, [plan("team", "Team")]) is None
        assert propose(self.price, [plan("team", "Team")]).like == ("team",)

    def test_not_where_two_are_alike(self) -> None:
        assert plan_for(self.price, [plan("pro", "Pro"), plan("pro-2", "Pro")]) is None

    def test_not_of_another_number_of_intervals(self) -> None:
        assert plan_for(replace(self.price, interval_count=3), [plan("pro", "Pro")]) is None

    def test_by_the_slug_that_is_written_there(self) -> None:
        written = replace(self.price, plan="pro", amount=Money(3900, "EUR"))
        assert plan_for(written, [plan("pro", "Whatever"), plan("free", "Free", 0)]) == "pro"
        assert plan_for(replace(written, plan="free"), [plan("free", "Free", 0)]) is None
