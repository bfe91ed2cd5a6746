"""Limits and who lives on which plan, as billing published them; history is kept for ever."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from kernel.clock import Clock
from runtime.postgres.database import Cursor, Database, Jsonb, Row
from services.metering.application.plan_rows import (
    meter_of_row,
    overrides_of_row,
    plan_of_row,
    top_up_of_row,
)
from services.metering.domain.accounts.given import TopUpRule
from services.metering.domain.meters import MeterDefinition
from services.metering.domain.overrides import Overrides, overridden
from services.metering.domain.quota import UNKNOWN_PLAN, Plan, blocked
from services.metering.domain.scales import scaled

CHANNEL = "metering_limits"
# Who has no subscription lives on the default plan as it is sold.
ALWAYS = 2**63 - 1
# In the place of a slug: the workspace has nothing, not even the default plan.
NOTHING = ""


@dataclass(frozen=True, slots=True)
class Provenance:
    """The billing event that something was learned from: `billing:<sequence>`, its type, time."""

    source: str
    event_type: str
    happened_at: datetime


def next_revisions(cursor: Cursor) -> None:
    """Until the transaction ends they are this one's, and everybody looks for them afterwards."""
    cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended('metering_revisions', 0))")
    cursor.execute(f"NOTIFY {CHANNEL}")


class PlanHistory:
    """Writes within the transaction of the event's position. Revisions are given out under a lock,
    so their order is commit order and `changes` never has to look back."""

    def __init__(self, cursor: Cursor) -> None:
        self._cursor = cursor
        next_revisions(cursor)

    def change_limits(self, slug: str, limits: Mapping[str, Any], provenance: Provenance) -> None:
        self._insert("metering_plans", ("slug", "limits"), (slug, Jsonb(limits)), provenance)

    def make_default(self, slug: str, provenance: Provenance) -> None:
        self._insert("metering_default_plans", ("slug",), (slug,), provenance)

    def move_workspace(self, workspace: str, slug: str | None, provenance: Provenance) -> None:
        """None is the default plan, `NOTHING` none at all. Nothing is written when it lives there
        already."""
        self._cursor.execute(
            "INSERT INTO metering_workspace_plans "
            "(revision, workspace, slug, source, event_type, happened_at) "
            "SELECT nextval('metering_revisions'), %s, %s, %s, %s, %s "
            "WHERE %s::text IS DISTINCT FROM (SELECT slug FROM metering_workspace_plans "
            "WHERE workspace = %s ORDER BY revision DESC LIMIT 1)",
            (
                *(
                    workspace,
                    slug,
                    provenance.source,
                    provenance.event_type,
                    provenance.happened_at,
                ),
                *(slug, workspace),
            ),
        )

    def scale(self, slug: str, scales: Sequence[str], provenance: Provenance) -> None:
        self._insert("metering_scales", ("slug", "scales"), (slug, Jsonb(scales)), provenance)

    def set_quantity(self, workspace: str, quantity: int, provenance: Provenance) -> None:
        """Nothing is written when it has so many already; 1 where none was told."""
        known = self._cursor.execute(
            "SELECT quantity FROM metering_quantities WHERE workspace = %s "
            "ORDER BY revision DESC LIMIT 1",
            (workspace,),
        ).fetchone()
        if quantity != (known["quantity"] if known else 1):
            facts = (workspace, quantity)
            self._insert("metering_quantities", ("workspace", "quantity"), facts, provenance)

    def override(
        self, workspace: str, overrides: Mapping[str, Any], provenance: Provenance
    ) -> None:
        facts = (workspace, Jsonb(overrides))
        self._insert("metering_overrides", ("workspace", "overrides"), facts, provenance)

    def top_up(
        self,
        workspace: str,
        meter: str,
        rule_id: str,
        below: int | None,
        provenance: Provenance,
    ) -> None:
        names = ("workspace", "meter", "rule_id", "below")
        facts = (workspace, meter, rule_id, below)
        self._insert("metering_top_ups", names, facts, provenance)

    def _insert(
        self, table: str, names: Sequence[str], facts: Sequence[object], provenance: Provenance
    ) -> None:
        columns = ", ".join((*names, "source", "event_type", "happened_at"))
        values = ", ".join(["%s"] * (len(names) + 3))
        self._cursor.execute(
            f"INSERT INTO {table} (revision, {columns}) "
            f"VALUES (nextval('metering_revisions'), {values})".encode(),
            (*facts, provenance.source, provenance.event_type, provenance.happened_at),
        )


@dataclass(frozen=True, slots=True)
class PlanChanges:
    """What is new above a revision: the latest of each, and all limits of plans in their order."""

    plans: Sequence[Row]
    defaults: Sequence[Row]
    workspaces: Sequence[Row]
    meters: Sequence[Row]
    overrides: Sequence[Row]
    scales: Sequence[Row]
    quantities: Sequence[Row]
    top_ups: Sequence[Row]

    @property
    def revision(self) -> int:
        given = (*self.plans, *self.defaults, *self.workspaces)
        learned = (*self.meters, *self.overrides, *self.scales, *self.quantities)
        rows = (*given, *learned, *self.top_ups)
        return max((int(row["revision"]) for row in rows), default=0)


def changes_since(database: Database, revision: int) -> PlanChanges:
    """One snapshot of all."""
    with database.transaction() as cursor:
        cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        latest = (
            "SELECT DISTINCT ON ({0}) * FROM {1} WHERE revision > %s ORDER BY {0}, revision DESC"
        )
        plans = cursor.execute(
            "SELECT * FROM metering_plans WHERE revision > %s ORDER BY revision", (revision,)
        ).fetchall()
        workspaces, meters, overrides, scales, quantities, top_ups = (
            cursor.execute(latest.format(key, table).encode(), (revision,)).fetchall()
            for key, table in (
                ("workspace", "metering_workspace_plans"),
                ("slug", "metering_meters"),
                ("workspace", "metering_overrides"),
                ("slug", "metering_scales"),
                ("workspace", "metering_quantities"),
                ("workspace, meter", "metering_top_ups"),
            )
        )
        defaults = cursor.execute(
            "SELECT * FROM metering_default_plans WHERE revision > %s "
            "ORDER BY revision DESC LIMIT 1",
            (revision,),
        ).fetchall()
    learned = (meters, overrides, scales, quantities, top_ups)
    return PlanChanges(plans, defaults, workspaces, *learned)


class PlanAssignments:
    """Plans and meters in memory. A workspace lives on the plan that it was moved to, else on the
    default; while that plan's own limits have not arrived yet the default ones hold."""

    def __init__(self, clock: Clock) -> None:
        self.revision = 0
        self.default: str | None = None
        self._plans: dict[str, list[Plan]] = {}
        self._workspaces: dict[str, tuple[str | None, int]] = {}
        self.meters: dict[str, MeterDefinition] = {}
        self._overrides: dict[str, Overrides] = {}
        self._scales: dict[str, tuple[str, ...]] = {}
        self._quantities: dict[str, int] = {}
        self.top_ups: dict[tuple[str, str], TopUpRule] = {}
        self._clock = clock

    def of(self, workspace: str) -> Plan:
        """With the workspace's overrides."""
        overrides = self._overrides.get(workspace)
        plan = self.plan_of(workspace)
        return overridden(plan, overrides, self._clock()) if overrides else plan

    def overrides_of(self, workspace: str) -> Overrides | None:
        """Those that hold."""
        overrides = self._overrides.get(workspace)
        return overrides if overrides and overrides.hold(self._clock()) else None

    def knows(self, workspace: str) -> bool:
        """Whether billing ever said anything of it."""
        return workspace in self._workspaces or workspace in self._overrides

    def plan_of(self, workspace: str) -> Plan:
        """As it is sold, or was when the workspace came to it, for all of its units."""
        slug, moved = self._workspaces.get(workspace, (None, ALWAYS))
        plan = self._latest(slug, moved) if slug else None
        if plan is None and self.default:
            plan = self._latest(self.default, ALWAYS)
        if slug == NOTHING:
            return blocked(plan or UNKNOWN_PLAN)
        if plan is None:
            return UNKNOWN_PLAN
        return scaled(plan, self._scales.get(plan.slug, ()), self._quantities.get(workspace, 1))

    def _latest(self, slug: str, moved: int) -> Plan | None:
        """Changes for new subscribers alone are not for those who came before."""
        plans = reversed(self._plans.get(slug, ()))
        return next((plan for plan in plans if not plan.only_new or plan.revision < moved), None)

    def apply(self, changes: PlanChanges) -> None:
        for row in changes.plans:
            self._plans.setdefault(row["slug"], []).append(plan_of_row(row))
        for row in changes.defaults:
            self.default = row["slug"]
        for row in changes.workspaces:
            self._workspaces[row["workspace"]] = (row["slug"], row["revision"])
        for row in changes.overrides:
            self._overrides[row["workspace"]] = overrides_of_row(row)
        for row in changes.scales:
            self._scales[row["slug"]] = tuple(row["scales"])
        for row in changes.quantities:
            self._quantities[row["workspace"]] = row["quantity"]
        for row in changes.top_ups:
            key, rule = (row["workspace"], row["meter"]), top_up_of_row(row)
            self.top_ups.pop(key, None)
            if rule is not None:
                self.top_ups[key] = rule
        for row in changes.meters:
            self.meters[row["slug"]] = meter_of_row(row)
        self.revision = max(self.revision, changes.revision)
