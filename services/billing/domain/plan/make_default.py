"""A plan takes the place of the default plan: each of the two records its part."""

from __future__ import annotations

from datetime import datetime

from kernel.events import DomainEvent
from services.billing.domain.errors import DefaultPlanRequired
from services.billing.domain.plan.events import PlanMadeDefault, PlanNoLongerDefault
from services.billing.domain.plan.state import Plan


def decide_make_default(plan: Plan, former: str | None, at: datetime) -> list[DomainEvent]:
    if plan.is_default:
        return []
    if not (plan.is_active and plan.price.is_free):
        raise DefaultPlanRequired
    return [PlanMadeDefault(timestamp=at, previous=former)]


def decide_no_longer_default(successor: str, at: datetime) -> list[DomainEvent]:
    """Of the former default, in the same transaction."""
    return [PlanNoLongerDefault(timestamp=at, successor=successor)]
