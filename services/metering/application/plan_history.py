"""What was known of plans at a revision."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from runtime.postgres.database import Database, Row
from runtime.postgres.named_sql import load_queries
from services.metering.application.plan_assignments import ALWAYS, NOTHING
from services.metering.application.plan_rows import overrides_of_row, plan_of_row
from services.metering.domain.overrides import overridden
from services.metering.domain.quota import UNKNOWN_PLAN, Plan, blocked
from services.metering.domain.scales import scaled

_QUERIES = load_queries(Path(__file__).parent / "decisions.sql")
_OVERDRAFT = """
SELECT overdraft FROM metering_meters WHERE slug = %s AND revision <= %s
 ORDER BY revision DESC LIMIT 1
"""


class PlanHistoryReader:
    def __init__(self, database: Database) -> None:
        self._database = database

    def plan(self, workspace: str, revision: int, at: datetime) -> Plan:
        """With the overrides that held at that time."""
        facts: dict[str, object] = {"workspace": workspace, "revision": revision}
        moved = self._first("workspace_plan", facts)
        came = moved["revision"] if moved and moved["slug"] else ALWAYS
        has_nothing = moved is not None and moved["slug"] == NOTHING
        if moved is None or not moved["slug"]:
            moved = self._first("default_plan", facts)
        limits = moved and self._first(
            "plan_limits", {**facts, "slug": moved["slug"], "moved": came}
        )
        plan = self.scaled(plan_of_row(limits), workspace, revision) if limits else UNKNOWN_PLAN
        plan = blocked(plan) if has_nothing else plan
        set_by = self._first("overrides", facts)
        return overridden(plan, overrides_of_row(set_by) if set_by else None, at)

    def scaled(self, plan: Plan, workspace: str, revision: int) -> Plan:
        """For all units that the workspace had."""
        facts: dict[str, object] = {"workspace": workspace, "revision": revision}
        scales = self._first("scales", {**facts, "slug": plan.slug})
        quantity = self._first("quantity", facts) if scales else None
        if scales is None or quantity is None:
            return plan
        return scaled(plan, scales["scales"], quantity["quantity"])

    def overdraft(self, meter: str, revision: int) -> int:
        rows = self._database.rows(_OVERDRAFT, (meter, revision))
        return int(rows[0]["overdraft"]) if rows else 0

    def _first(self, query: str, facts: dict[str, object]) -> Row | None:
        rows = self._database.rows(_QUERIES[query], facts)
        return rows[0] if rows else None
