"""Limits and quotas of a plan that is sold by the unit."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

from services.metering.domain.accounts.given import Quota
from services.metering.domain.quota import Plan


def scaled(plan: Plan, scales: Collection[str], quantity: int) -> Plan:
    """What `scales` names holds for each of the units; what is unlimited or none stays so."""
    if quantity == 1 or not scales:
        return plan

    def times(name: str, limit: int) -> int:
        return limit * quantity if name in scales else limit

    return replace(
        plan,
        monthly_conversations=times("monthly_conversations", plan.monthly_conversations),
        monthly_messages=plan.monthly_messages and times("monthly_messages", plan.monthly_messages),
        limits={name: limit and times(name, limit) for name, limit in plan.limits.items()},
        quotas={
            meter: Quota(quota.limit and times(meter, quota.limit), quota.soft)
            for meter, quota in plan.quotas.items()
        },
    )
