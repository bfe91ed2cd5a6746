"""What holds for one workspace instead of its plan."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from services.metering.domain.accounts.given import Quota
from services.metering.domain.quota import Plan


@dataclass(frozen=True, slots=True)
class Overrides:
    """`quotas` by meter, the built-in ones among them; all end at `until`. `source` is the billing
    event that set them."""

    quotas: Mapping[str, Quota] = field(default_factory=dict)
    limits: Mapping[str, int | None] = field(default_factory=dict)
    features: Mapping[str, Any] = field(default_factory=dict)
    until: datetime | None = None
    source: str = ""

    def hold(self, now: datetime) -> bool:
        return self.until is None or now < self.until


def overridden(plan: Plan, overrides: Overrides | None, now: datetime) -> Plan:
    """The plan as it holds for the workspace. Null is unlimited, of built-in meters too. They open
    nothing that is blocked."""
    if overrides is None or plan.blocked or not overrides.hold(now):
        return plan
    quotas = dict(overrides.quotas)
    conversations, messages = quotas.pop("conversation", None), quotas.pop("message", None)
    features = {**plan.features, **overrides.features}
    return replace(
        plan,
        monthly_conversations=(
            plan.monthly_conversations if conversations is None else conversations.limit or 0
        ),
        monthly_messages=plan.monthly_messages if messages is None else messages.limit,
        remove_branding=bool(features.get("remove_branding")),
        features=features,
        limits={**plan.limits, **overrides.limits},
        quotas={**plan.quotas, **quotas},
    )
