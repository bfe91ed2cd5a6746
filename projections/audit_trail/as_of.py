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
from runtime.postgres.database import Database, Row

DEFAULT_MAX_TOKENS = 800
LIMITS = [billing.PlanCreated.TYPE, billing.PlanLimitsChanged.TYPE]
DEFAULTS = [billing.PlanCreated.TYPE, billing.PlanMadeDefault.TYPE]
# Who has no subscription lives on the default plan as it is sold.
ALWAYS = 2**63 - 1
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
        return {
            "workspace_id": self._workspace,
            "at": rfc3339(self._point.at),
            "known_at": rfc3339(self._point.known_at),
            "subscription": subscription,
            "entitlements": self.entitlements(subscription, usage),
            "usage": [{"month": month, **counts} for month, counts in usage.items()],
            "meters": self.meters(),
            "purchases": self.purchases(),
        }

    def meters(self) -> list[dict[str, Any]]:
        """Accounts of declared meters, in the month of the moment."""
        facts = {**self._bounds, "month": str(self._point.month)}
        return self._database.rows(ACCOUNTS_SQL["accounts"], facts)

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

    def entitlements(
        self, subscription: Mapping[str, Any] | None, usage: Mapping[str, Mapping[str, int]]
    ) -> dict[str, Any]:
        """The plan that the workspace lived on, its limits, and what was left of them. A limit of
        null is none."""
        lives = subscription is not None and subscription["status"] in billing.ACCESS
        limits = self._plan_since(subscription["plan"]) if subscription and lives else None
        limits = limits or self._default_plan()
        used = usage.get(str(self._point.month), {})
        held = self._held()
        return {
            "plan": limits["plan"] if limits else None,
            "limits_set_by": limits["event"] if limits else None,
            "period": str(self._point.month),
            "max_tokens": (limits and limits["max_tokens_per_response"]) or DEFAULT_MAX_TOKENS,
            "removes_branding": bool(limits and limits["features"].get("remove_branding")),
            "limits": limits["limits"] if limits else {},
            "conversations": _quota(
                limits, "monthly_conversations", used.get("conversation", 0), held
            ),
            "messages": _quota(limits, "monthly_messages", used.get("message", 0), 0),
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


def _second(instant: datetime) -> str:
    """As RFC 3339 text begins."""
    return as_utc(instant).isoformat()[:19]


def _quota(limits: Row | None, name: str, used: int, held: int) -> dict[str, int | None]:
    """0 is unlimited, like null."""
    limit: int | None = limits[name] if limits else None
    left = max(0, limit - used - held) if limit else None
    return {"limit": limit or None, "used": used, "held": held, "remaining": left}
