"""The tables that `PlanHistory` writes, as the logs of billing and the add-ons make them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

from runtime.process.derived import Rows, Table, Values
from services.metering.application.plan_assignments import Provenance


def _table(name: str, *facts: str) -> Table:
    columns = (*facts, "event_type", "happened_at")
    given = {"revision": "nextval('metering_revisions')"}
    return Table(name, ("source",), columns, given, "revision")


PLANS = _table("metering_plans", "slug", "limits")
DEFAULTS = _table("metering_default_plans", "slug")
WORKSPACES = _table("metering_workspace_plans", "workspace", "slug")
OVERRIDES = _table("metering_overrides", "workspace", "overrides")
SCALES = _table("metering_scales", "slug", "scales")
QUANTITIES = _table("metering_quantities", "workspace", "quantity")
TOP_UPS = _table("metering_top_ups", "workspace", "meter", "rule_id", "below")
LEARNED = (PLANS, DEFAULTS, WORKSPACES, OVERRIDES, SCALES, QUANTITIES)


class PlanLedger:
    """What `PlanHistory` writes, in memory."""

    def __init__(self) -> None:
        self._rows: defaultdict[str, dict[Values, Values]] = defaultdict(dict)
        self._lives_on: dict[str, str | None] = {}
        self._quantities: dict[str, int] = {}

    def change_limits(self, slug: str, limits: Mapping[str, Any], learned: Provenance) -> None:
        self._note(PLANS, learned, slug, limits)

    def make_default(self, slug: str, learned: Provenance) -> None:
        self._note(DEFAULTS, learned, slug)

    def move_workspace(self, workspace: str, slug: str | None, learned: Provenance) -> None:
        if self._lives_on.get(workspace) != slug:
            self._lives_on[workspace] = slug
            self._note(WORKSPACES, learned, workspace, slug)

    def override(self, workspace: str, overrides: Mapping[str, Any], learned: Provenance) -> None:
        self._note(OVERRIDES, learned, workspace, overrides)

    def scale(self, slug: str, scales: Sequence[str], learned: Provenance) -> None:
        self._note(SCALES, learned, slug, scales)

    def set_quantity(self, workspace: str, quantity: int, learned: Provenance) -> None:
        if self._quantities.get(workspace, 1) != quantity:
            self._quantities[workspace] = quantity
            self._note(QUANTITIES, learned, workspace, quantity)

    def top_up(
        self, workspace: str, meter: str, rule_id: str, below: int | None, learned: Provenance
    ) -> None:
        self._note(TOP_UPS, learned, workspace, meter, rule_id, below)

    def _note(self, table: Table, learned: Provenance, *facts: Any) -> None:
        row = (*facts, learned.event_type, learned.happened_at)
        self._rows[table.name][learned.source,] = row

    def rows(self) -> Mapping[str, Rows]:
        return {table.name: self._rows[table.name] for table in (*LEARNED, TOP_UPS)}
