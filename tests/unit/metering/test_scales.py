"""Limits of plans that are sold by the unit."""

from __future__ import annotations

from services.metering.domain.accounts.given import Quota
from services.metering.domain.quota import Plan
from services.metering.domain.scales import scaled

PLAN = Plan(
    "team",
    monthly_conversations=100,
    monthly_messages=None,
    max_tokens_per_response=None,
    remove_branding=False,
    limits={"members": 5, "agents": 2, "integrations": None, "domains": 0},
    quotas={"tokens": Quota(1000, soft=True), "pages": Quota(None)},
)


class TestScaled:
    def test_what_is_named_is_multiplied(self) -> None:
        plan = scaled(PLAN, ["members", "monthly_conversations", "tokens"], 3)
        assert plan.limits == {"members": 15, "agents": 2, "integrations": None, "domains": 0}
        assert plan.monthly_conversations == 300
        assert plan.quotas == {"tokens": Quota(3000, soft=True), "pages": Quota(None)}

    def test_what_is_unlimited_or_none_stays_so(self) -> None:
        named = ["monthly_messages", "integrations", "domains", "pages"]
        assert scaled(PLAN, named, 3) == PLAN

    def test_one_unit_is_the_plan(self) -> None:
        assert scaled(PLAN, ["members"], 1) is PLAN
