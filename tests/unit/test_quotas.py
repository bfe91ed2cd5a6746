"""What read models show of quotas is what metering decides by."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta
from typing import Any

from projections.quotas import Given
from services.metering.application.plan_rows import overrides_of_row, plan_of_row
from services.metering.domain.overrides import overridden
from services.metering.domain.quota import METRICS, blocked
from services.metering.domain.scales import scaled

NOW = datetime(2026, 11, 22, 10, 0, tzinfo=UTC)
METERS = ("tokens", "seconds")


def some_quotas(chosen: random.Random, *meters: str) -> dict[str, Any]:
    return {
        meter: {"limit": chosen.choice((None, 0, 7, 100)), "mode": chosen.choice(("hard", "soft"))}
        for meter in meters
        if chosen.random() < 0.6
    }


def some_limits(chosen: random.Random) -> dict[str, Any]:
    return {
        "monthly_conversations": chosen.choice((0, 10)),
        "monthly_messages": chosen.choice((None, 0, 50)),
        "max_tokens_per_response": None,
        "features": {},
        "limits": {},
        "quotas": some_quotas(chosen, *METERS),
    }


def some_overrides(chosen: random.Random) -> dict[str, Any]:
    if chosen.random() < 0.3:
        return {}
    until = chosen.choice((None, NOW, NOW + timedelta(microseconds=1), NOW - timedelta(days=1)))
    return {
        "quotas": some_quotas(chosen, *METERS, *METRICS),
        "limits": {},
        "features": {},
        "until": until and until.isoformat(),
    }


class TestQuotas:
    def test_are_those_that_metering_decides_by(self) -> None:
        chosen = random.Random(20)
        for _ in range(500):
            limits, overrides = some_limits(chosen), some_overrides(chosen)
            names = ("monthly_conversations", "monthly_messages", *METERS)
            scales = chosen.sample(names, chosen.randint(0, 3))
            quantity = chosen.choice((1, 3))
            plan = scaled(
                plan_of_row({"slug": "pro", "limits": limits, "revision": 1, "source": ""}),
                scales,
                quantity,
            )
            has_nothing = chosen.random() < 0.2
            plan = blocked(plan) if has_nothing else plan
            if overrides:
                row = {"overrides": overrides, "source": ""}
                plan = overridden(plan, overrides_of_row(row), NOW)
            shown = Given(limits, scales, quantity, overrides, has_nothing).quotas(NOW)
            assert {meter: shown[meter].limit for meter in METRICS} == {
                metric: plan.limit_of(metric) for metric in METRICS
            }
            declared = {meter: quota for meter, quota in shown.items() if meter not in METRICS}
            assert {meter: (each.limit, each.mode) for meter, each in declared.items()} == {
                meter: (each.limit, "soft" if each.soft else "hard")
                for meter, each in plan.quotas.items()
            }

    def test_of_a_plan_that_is_not_known_are_unlimited(self) -> None:
        assert [quota.limit for quota in Given().quotas(NOW).values()] == [None, None]
