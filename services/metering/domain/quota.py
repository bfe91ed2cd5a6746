"""The arithmetic of quotas."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from services.metering.domain.accounts.given import MonthlyCredits, Quota

Metric = Literal["message", "conversation"]
Percent = Literal[80, 100]
METRICS: tuple[Metric, ...] = ("message", "conversation")
PERCENTS: tuple[Percent, ...] = (80, 100)
SOFT_PERCENTS = (*PERCENTS, 120, 150)
DEFAULT_MAX_TOKENS = 800


@dataclass(slots=True)
class Usage:
    """What one workspace used of one metric in one month. `held` units are taken by conversations
    whose first turn is not complete. `position` is the log position that the figures hold at."""

    used: int = 0
    held: int = 0
    position: int = 0


NOTHING_USED = Usage()


@dataclass(frozen=True, slots=True)
class Plan:
    """The limits of a plan as they stand. A monthly limit of None or 0 is unlimited; a named limit
    of None is unlimited, of 0 a hard block. `only_new`: for who came to it
    later. `blocked`: nothing of it may be had at present. `revision` orders what metering
    provenance, `source` is the billing event that set the limits."""

    slug: str
    monthly_conversations: int
    monthly_messages: int | None
    max_tokens_per_response: int | None
    remove_branding: bool
    limits: Mapping[str, int | None] = field(default_factory=dict)
    only_new: bool = False
    features: Mapping[str, Any] = field(default_factory=dict)
    quotas: Mapping[str, Quota] = field(default_factory=dict)
    monthly_credits: Mapping[str, MonthlyCredits] = field(default_factory=dict)
    revision: int = 0
    source: str = ""
    blocked: bool = False

    def limit_of(self, metric: Metric) -> int | None:
        """Units a month; None is unlimited."""
        if self.blocked:
            return 0
        limit = self.monthly_messages if metric == "message" else self.monthly_conversations
        return limit or None

    def quota_of(self, meter: str) -> Quota | None:
        """Of a declared meter; None where the plan does not name it."""
        return self.quotas.get(meter, Quota(0) if self.blocked else None)

    @property
    def max_tokens(self) -> int:
        return self.max_tokens_per_response or DEFAULT_MAX_TOKENS


# Until the catalogue has arrived nothing is refused: metering never blocks who has paid.
UNKNOWN_PLAN = Plan("", 0, None, None, remove_branding=False)


def blocked(plan: Plan) -> Plan:
    """What it names, and none of it."""
    return replace(
        plan,
        blocked=True,
        remove_branding=False,
        limits=dict.fromkeys(plan.limits, 0),
        features={name: False if flag is True else flag for name, flag in plan.features.items()},
        quotas=dict.fromkeys(plan.quotas, Quota(0)),
        monthly_credits={},
    )


def remaining(limit: int | None, usage: Usage) -> int | None:
    """Units that may still be taken; None is unlimited, 0 when the limit was lowered below."""
    return None if limit is None else max(0, limit - usage.used - usage.held)


def allows_one_more(limit: int | None, usage: Usage) -> bool:
    return limit is None or usage.used + usage.held < limit


def threshold(limit: int, percent: int) -> int:
    """The smallest number of used units that is at least `percent` of the limit."""
    return -(-limit * percent // 100)


def percents_reached(limit: int | None, used: int, *, soft: bool = False) -> list[int]:
    """A quota of nothing has no parts."""
    if not limit:
        return []
    percents = SOFT_PERCENTS if soft else PERCENTS
    return [percent for percent in percents if used >= threshold(limit, percent)]
