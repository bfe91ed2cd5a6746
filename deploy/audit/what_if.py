"""History again under another limit: who would have been refused, how often, when first."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from contracts import billing, metering
from deploy.audit.supposed_accounts import SupposedAccount, as_it_was
from kernel.month import Month
from projections.audit_trail.as_of import DEFAULTS
from projections.audit_trail.figures import (
    ACCOUNT_TYPES,
    CORRECTIONS,
    METRICS,
    SUBSCRIPTION_TYPES,
    Fact,
    used,
)
from projections.audit_trail.ledger import Ledger
from projections.quotas import Given
from runtime.postgres.database import Row
from runtime.readmodels.shadow import Progress
from services.metering.domain.accounts.account import Account
from services.metering.domain.accounts.given import Quota
from services.metering.domain.accounts.terms import Terms

WRITTEN = 10_000
DECLARATIONS = (metering.MeterDeclared.TYPE, metering.MeterChanged.TYPE)
OVERRIDES = billing.WorkspaceOverridesChanged.TYPE


@dataclass(frozen=True, slots=True)
class Scenario:
    """A limit of None stays out of the question; 0 is unlimited, as in a plan. `quotas` are of
    declared meters; there 0 is none."""

    plan: str
    since: Month
    monthly_conversations: int | None = None
    monthly_messages: int | None = None
    quotas: Mapping[str, int] = field(default_factory=dict)

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

    def refuse(self, units: int, at: datetime) -> None:
        self.refused += units
        self.first_at = self.first_at or at


@dataclass(slots=True)
class PlanAssignments:
    """Which plan each workspace lives on and what holds for it instead, as billing's events tell
    it."""

    default: str = ""
    subscribed: dict[str, str] = field(default_factory=dict)
    instead: dict[str, Given] = field(default_factory=dict)

    def apply(self, row: Row) -> None:
        if row["type"] in SUBSCRIPTION_TYPES:
            if row["status"] in billing.ACCESS:
                self.subscribed[row["workspace"]] = row["plan"]
            else:
                self.subscribed.pop(row["workspace"], None)
        elif row["type"] == OVERRIDES:
            self.instead[row["workspace"]] = Given(overrides=row["data"])
        elif row["type"] == billing.PlanMadeDefault.TYPE or row["is_default"]:
            self.default = row["key"]

    def give(self, workspace: str, meter: str, at: datetime) -> str:
        """The plan that the quota is of; none where an override is in its stead."""
        instead = self.instead.get(workspace)
        if instead and instead.holds(at) and meter in instead.overrides["quotas"]:
            return ""
        return self.subscribed.get(workspace, self.default)


class WhatIf:
    """Counts every usage event in the order of recording. One that comes when the supposed limit
    is used up, while its workspace lives on the plan, is refused and then takes no unit. What was
    refused in truth was never recorded, so a *higher* limit shows no more than what happened. A
    correction moves what was counted, and refuses nothing.

    Of declared meters reservations and recorded usage are decided again, with the grants that there
    were; what was settled above its reservation counts, as ever."""

    def __init__(self, scenario: Scenario) -> None:
        self._scenario = scenario
        self._limits = scenario.limits()
        self._since = str(scenario.since)
        self._plans = PlanAssignments()
        self._counts: dict[tuple[str, str, str], Refusals] = {}
        self._accounts: dict[tuple[str, str], SupposedAccount] = {}
        self._overdrafts: dict[str, int] = {}
        self._corrected: dict[tuple[str, str], set[str]] = {}

    def replay(self, ledger: Ledger, progress: Progress) -> list[Refusals]:
        """Those who would have been refused, most often first."""
        total = ledger.length()
        if self._scenario.quotas:
            for row in ledger.merged([metering.UsageCorrected.TYPE]):
                key = (row["workspace"], row["data"]["meter"])
                self._corrected.setdefault(key, set()).add(row["data"]["usage_id"])
        for number, row in enumerate(ledger.merged(self._types()), 1):
            self._apply(row)
            if number % WRITTEN == 0:
                progress(number, total)
        progress(total, total)
        refused = [each for each in self._counts.values() if each.refused]
        return sorted(refused, key=lambda each: (-each.refused, each.workspace, each.month))

    def _types(self) -> list[str]:
        units = [*METRICS, *CORRECTIONS] if self._limits else []
        accounts = [*ACCOUNT_TYPES, *DECLARATIONS] if self._scenario.quotas else []
        return [*SUBSCRIPTION_TYPES, *DEFAULTS, OVERRIDES, *units, *accounts]

    def _apply(self, row: Row) -> None:
        kind = row["type"]
        metric = METRICS.get(kind) or CORRECTIONS.get(kind)
        if metric is not None and metric in self._limits:
            self._count(row, metric)
        elif kind in DECLARATIONS:
            self._overdrafts[row["data"]["slug"]] = row["data"]["overdraft"]
        elif kind in ACCOUNT_TYPES:
            self._move(row)
        elif metric is None:
            self._plans.apply(row)

    def _count(self, row: Row, metric: str) -> None:
        if row["month"] < self._since:
            return
        counted = self._of(row, metric)
        counted.used += row["units"]
        if row["type"] in CORRECTIONS:
            return
        taken = counted.used - counted.refused
        if taken > self._limits[metric] and self._holds(row, metric):
            counted.refuse(1, row["occurred_at"])

    def _move(self, row: Row) -> None:
        facts, workspace = row["data"], row["workspace"]
        meter = facts["meter"]
        if meter not in self._scenario.quotas:
            return
        found = self._accounts.get((workspace, meter))
        if found is None:
            corrected = frozenset(self._corrected.get((workspace, meter), ()))
            found = SupposedAccount(Account(workspace, meter), corrected)
            self._accounts[workspace, meter] = found
        terms = as_it_was(found.state, facts)
        if row["month"] >= self._since and self._holds(row, meter):
            quota = Quota(self._scenario.quotas[meter])
            terms = Terms(quota, self._overdrafts.get(meter, 0))
        refused = found.apply(row["type"], facts, row["occurred_at"], terms)
        if row["month"] >= self._since:
            counted, units = self._of(row, meter), used(Fact(row["type"], facts))
            counted.used += units
            if refused:
                counted.refuse(units, row["occurred_at"])

    def _holds(self, row: Row, meter: str) -> bool:
        plan = self._plans.give(row["workspace"], meter, row["occurred_at"])
        return plan == self._scenario.plan

    def _of(self, row: Row, meter: str) -> Refusals:
        key = (row["workspace"], meter, row["month"])
        return self._counts.setdefault(key, Refusals(*key))
