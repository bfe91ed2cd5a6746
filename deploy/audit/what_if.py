"""History again under another limit: who would have been refused, how often, when first."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from contracts import billing
from kernel.month import Month
from projections.audit_trail.as_of import DEFAULTS
from projections.audit_trail.figures import CORRECTIONS, METRICS, SUBSCRIPTION_TYPES
from projections.audit_trail.ledger import Ledger
from runtime.postgres.database import Row
from runtime.readmodels.shadow import Progress

WRITTEN = 10_000


@dataclass(frozen=True, slots=True)
class Scenario:
    """A limit of None stays out of the question; 0 is unlimited, as in a plan."""

    plan: str
    since: Month
    monthly_conversations: int | None = None
    monthly_messages: int | None = None

    def limits(self) -> Mapping[str, int]:
        given = {"conversation": self.monthly_conversations, "message": self.monthly_messages}
        return {metric: limit for metric, limit in given.items() if limit}


@dataclass(slots=True)
class Refusals:
    """Of one workspace, metric and month: `used` units were counted, `refused` of them would not
    have been, the first at `first_at`."""

    workspace: str
    metric: str
    month: str
    used: int = 0
    refused: int = 0
    first_at: datetime | None = None


@dataclass(slots=True)
class PlanAssignments:
    """Which plan each workspace lives on, as billing's events tell it."""

    default: str = ""
    subscribed: dict[str, str] = field(default_factory=dict)

    def apply(self, row: Row) -> None:
        if row["type"] in SUBSCRIPTION_TYPES:
            if row["status"] in billing.ACCESS:
                self.subscribed[row["workspace"]] = row["plan"]
            else:
                self.subscribed.pop(row["workspace"], None)
        elif row["type"] == billing.PlanMadeDefault.TYPE or row["is_default"]:
            self.default = row["key"]

    def on(self, workspace: str) -> str:
        return self.subscribed.get(workspace, self.default)


class WhatIf:
    """Counts every usage event in the order of recording. One that comes when the supposed limit
    is used up, while its workspace lives on the plan, is refused and then takes no unit. What was
    refused in truth was never recorded, so a *higher* limit shows no more than what happened. A
    correction moves what was counted, and refuses nothing."""

    def __init__(self, scenario: Scenario) -> None:
        self._scenario = scenario
        self._limits = scenario.limits()
        self._since = str(scenario.since)
        self._plans = PlanAssignments()
        self._counts: dict[tuple[str, str, str], Refusals] = {}

    def replay(self, ledger: Ledger, progress: Progress) -> list[Refusals]:
        """Those who would have been refused, most often first."""
        types = [*SUBSCRIPTION_TYPES, *DEFAULTS, *METRICS, *CORRECTIONS]
        total = ledger.length()
        for number, row in enumerate(ledger.merged(types), 1):
            metric = METRICS.get(row["type"]) or CORRECTIONS.get(row["type"])
            if metric is None:
                self._plans.apply(row)
            elif metric in self._limits:
                self._count(row, metric)
            if number % WRITTEN == 0:
                progress(number, total)
        progress(total, total)
        refused = [each for each in self._counts.values() if each.refused]
        return sorted(refused, key=lambda each: (-each.refused, each.workspace, each.month))

    def _count(self, row: Row, metric: str) -> None:
        workspace, month = row["workspace"], row["month"]
        if month < self._since:
            return
        key = (workspace, metric, month)
        counted = self._counts.get(key)
        if counted is None:
            counted = self._counts[key] = Refusals(*key)
        counted.used += row["units"]
        if row["type"] in CORRECTIONS:
            return
        taken = counted.used - counted.refused
        if taken > self._limits[metric] and self._plans.on(workspace) == self._scenario.plan:
            counted.refused += 1
            counted.first_at = counted.first_at or row["occurred_at"]
