"""What was true of a workspace at an instant, as far as it was known by another point."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from contracts import billing
from kernel.clock import as_utc, rfc3339
from kernel.month import Month
from projections.audit_trail.figures import (
    CORRECTIONS,
    METRICS,
    PURCHASE_TYPES,
    SUBSCRIPTION_TYPES,
)
from projections.audit_trail.statements import ACCOUNTS_SQL, SQL
from projections.quotas import Given, Quota
from runtime.postgres.database import Database, Row

DEFAULT_MAX_TOKENS = 800
LIMITS = [billing.PlanCreated.TYPE, billing.PlanLimitsChanged.TYPE]
DEFAULTS = [billing.PlanCreated.TYPE, billing.PlanMadeDefault.TYPE]
# Who has no subscription lives on the default plan as it is sold.
ALWAYS = 2**63 - 1
# Of a meter that the plan does not name: what is counted, or all of whose units are credits.
ANY, NOTHING = Quota(None), Quota(0)
LONGEST_HOLD = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class PointInTime:
    """Facts that happened up to `at` and were recorded up to `known_at`, both inside. They differ
    when a webhook comes late."""

    at: datetime
    known_at: datetime

    @property
    def month(self) -> Month:
        return Month.of(self.at)


class AsOf:
    """Subscription, entitlements, usage and purchases of one workspace at one point.

    Nothing is replayed: facts are whole, so the last one is found by index, and usage is counted.
    """

    def __init__(self, database: Database, workspace: str, point: PointInTime) -> None:
        self._database = database
        self._point = point
        self._bounds = {"workspace": workspace, "at": point.at, "known_at": point.known_at}
        self._workspace = workspace

    def answer(self) -> dict[str, Any]:
        subscription, usage = self.subscription(), self.usage()
        limits, given = self._given(subscription)
        return {
            "workspace_id": self._workspace,
            "at": rfc3339(self._point.at),
            "known_at": rfc3339(self._point.known_at),
            "subscription": subscription,
            "entitlements": self._entitlements(limits, given, usage),
            "usage": [{"month": month, **counts} for month, counts in usage.items()],
            "meters": self._meters(given),
            "purchases": self.purchases(),
        }

    def meters(self) -> list[dict[str, Any]]:
        """Accounts of declared meters, in the month of the moment."""
        return self._meters(self._given(self.subscription())[1])

    def _meters(self, given: Given) -> list[dict[str, Any]]:
        facts = {**self._bounds, "month": str(self._point.month)}
        rows = self._database.rows(ACCOUNTS_SQL["accounts"], facts)
        quotas = given.quotas(self._point.at)
        credited = given.credited() | {row["meter"] for row in rows if row["had_credits"]}
        none = {row["meter"] for row in rows if given.blocked or row["meter"] in credited}
        return [
            _account(row, quotas.get(row["meter"], NOTHING if row["meter"] in none else ANY))
            for row in rows
        ]

    def subscription(self) -> dict[str, Any] | None:
        """With the event that made it so."""
        found = self._rows("last_subscription", types=SUBSCRIPTION_TYPES)
        return {**found[0]["subscription"], "event": found[0]["event"]} if found else None

    def usage(self) -> dict[str, dict[str, int]]:
        """Counts by month and metric, oldest month first, as they had been corrected."""
        months: dict[str, dict[str, int]] = {}
        for row in self._rows("usage_by_month", types=list(METRICS)):
            month = months.setdefault(row["month"], dict.fromkeys(METRICS.values(), 0))
            month[METRICS[row["type"]]] += row["events"]
        for row in self._database.rows(ACCOUNTS_SQL["corrections_by_month"], self._bounds):
            month = months.setdefault(row["month"], dict.fromkeys(METRICS.values(), 0))
            month[CORRECTIONS[row["type"]]] += row["units"]
        return months

    def purchases(self) -> list[dict[str, Any]]:
        found = self._rows("purchases", types=PURCHASE_TYPES)
        return [{**row["purchase"], "event": row["event"]} for row in found]

    def _given(self, subscription: Mapping[str, Any] | None) -> tuple[Row | None, Given]:
        """The plan's limits with the event that set them, and all that makes quotas of them."""
        lives = subscription is not None and subscription["status"] in billing.ACCESS
        limits = self._plan_since(subscription["plan"]) if subscription and lives else None
        limits = limits or self._default_plan()
        if limits is None:
            return None, Given()
        quantity = subscription.get("quantity", 1) if subscription and lives else 1
        sold = billing.PlanSaleTermsChanged.TYPE
        scales = self._rows("scales", slug=limits["plan"], type=sold)
        overrides = self._rows("overrides", type=billing.WorkspaceOverridesChanged.TYPE)
        return limits, Given(
            limits["given"],
            scales[0]["scales"] if scales else (),
            quantity,
            overrides[0]["overrides"] if overrides else {},
            blocked=subscription is not None and _blocked(subscription),
        )

    def _entitlements(
        self, limits: Row | None, given: Given, usage: Mapping[str, Mapping[str, int]]
    ) -> dict[str, Any]:
        """The plan that the workspace lived on, what it gave, and what was left of it. A limit of
        null is none."""
        at = self._point.at
        used = usage.get(str(self._point.month), {})
        quotas, plan = given.quotas(at), given.limits or {}
        return {
            "plan": limits["plan"] if limits else None,
            "limits_set_by": limits["event"] if limits else None,
            "period": str(self._point.month),
            "max_tokens": plan.get("max_tokens_per_response") or DEFAULT_MAX_TOKENS,
            "removes_branding": bool(given.features(at).get("remove_branding")),
            "limits": given.named_limits(at),
            "conversations": _quota(
                quotas["conversation"], used.get("conversation", 0), self._held()
            ),
            "messages": _quota(quotas["message"], used.get("message", 0), 0),
        }

    def _plan_since(self, slug: str) -> Row | None:
        """As it was sold when the workspace came to it."""
        access = list(billing.ACCESS)
        found = self._rows("came_to_plan", slug=slug, types=SUBSCRIPTION_TYPES, access=access)
        return self._plan(slug, found[0]["came"])

    def _plan(self, slug: str, came: int = ALWAYS) -> Row | None:
        found = self._rows("plan_limits", slug=slug, types=LIMITS, came=came)
        return found[0] if found else None

    def _default_plan(self) -> Row | None:
        found = self._rows("default_plan", types=DEFAULTS)
        return self._plan(found[0]["slug"]) if found else None

    def _held(self) -> int:
        at = self._point.at
        held = self._rows(
            "held",
            month=str(self._point.month),
            from_second=_second(at),
            to_second=_second(at + LONGEST_HOLD),
        )
        return int(held[0]["held"])

    def _rows(self, query: str, **values: object) -> list[Row]:
        return self._database.rows(SQL[query], {**self._bounds, **values})


def _blocked(subscription: Mapping[str, Any]) -> bool:
    return billing.Subscription.model_validate(subscription).blocked


def _second(instant: datetime) -> str:
    """As RFC 3339 text begins."""
    return as_utc(instant).isoformat()[:19]


def _quota(quota: Quota, used: int, held: int) -> dict[str, int | None]:
    left = quota.left(used + held)
    return {"limit": quota.limit, "used": used, "held": held, "remaining": left}


def _account(row: Row, quota: Quota) -> dict[str, Any]:
    """What remains is of quota and credits, once what was overdrawn is paid off."""
    free, shown = quota.left(row["of_quota"]), dict(row)
    del shown["of_quota"], shown["had_credits"]
    left = None if free is None else max(0, free + row["credits"] - row["overdrawn"])
    return {**shown, "limit": quota.limit, "mode": quota.mode, "remaining": left}
