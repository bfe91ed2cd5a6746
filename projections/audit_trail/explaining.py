"""From a figure back to the events that made it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from kernel.errors import NotFound
from kernel.month import Month
from projections.audit_trail.as_of import AsOf, PointInTime
from projections.audit_trail.auditing import Sources
from projections.audit_trail.figures import (
    ACCOUNT_TYPES,
    CORRECTIONS,
    METRICS,
    PURCHASE_TYPES,
    SUBSCRIPTION_TYPES,
)
from projections.audit_trail.narrative import tell
from projections.audit_trail.queries import Filter, as_json, listed
from projections.audit_trail.statements import SQL
from runtime.postgres.database import Database, Row

TYPES = {
    metric: [name for told in (METRICS, CORRECTIONS) for name, of in told.items() if of == metric]
    for metric in METRICS.values()
}
END = datetime(9999, 1, 1, tzinfo=UTC)
ALWAYS = PointInTime(END, END)
Explanation = dict[str, Any]


def explain_subscription(
    database: Database, workspace: str, cursor: str, limit: int
) -> Explanation:
    wanted = Filter(workspace=workspace, service="billing", types=SUBSCRIPTION_TYPES)
    figure = AsOf(database, workspace, ALWAYS).subscription()
    return {"figure": figure, **_told(listed(database, wanted, cursor, limit))}


def explain_usage(
    database: Database, workspace: str, metric: str, month: Month, cursor: str, limit: int
) -> Explanation:
    """`metric`: message or conversation."""
    counts = AsOf(database, workspace, ALWAYS).usage().get(str(month), {})
    wanted = Filter(workspace=workspace, service="metering", types=TYPES[metric], month=str(month))
    figure = {"metric": metric, "month": str(month), "used": counts.get(metric, 0)}
    return {"figure": figure, **_told(listed(database, wanted, cursor, limit))}


def explain_purchase(database: Database, purchase: str, cursor: str, limit: int) -> Explanation:
    """Raises NotFound for a purchase that nothing was recorded of."""
    wanted = Filter(service="addons", types=PURCHASE_TYPES, purchase=purchase)
    found = database.rows(SQL["purchase"], {"purchase": purchase, "types": PURCHASE_TYPES})
    if not found:
        raise NotFound("There is no such purchase.")
    return {"figure": found[0]["purchase"], **_told(listed(database, wanted, cursor, limit))}


def explain_invoice(
    database: Database, gateway: str, ref: str, cursor: str, limit: int
) -> Explanation:
    """Raises NotFound for an invoice that nothing was recorded of."""
    wanted = Filter(service="billing", stream=f"invoice:{gateway}:{ref}")
    found = database.rows(SQL["invoice"], {"stream": wanted.stream})
    if not found:
        raise NotFound("There is no such invoice.")
    return {"figure": found[0]["invoice"], **_told(listed(database, wanted, cursor, limit))}


def explain_movement(database: Database, sources: Sources, event: str) -> Explanation:
    """The event that moved the recurring revenue, after the one that had made what was before."""
    movement = sources.movement(event)
    made = [each for each in (movement["follows"], event) if each]
    return {"figure": dict(movement), "data": _at(database, made), "next": None}


def explain_decision(
    database: Database, sources: Sources, decision_id: str, cursor: str, limit: int
) -> Explanation:
    """What metering knew when it refused, the events that set plan and limit, and the usage that
    filled it up to the position that was known."""
    decision = sources.decision(decision_id)
    upto = int(decision["known"]["usage"].partition(":")[2])
    of: dict[str, Any] = {"workspace": decision["workspace_id"], "month": decision["month"]}
    meter = decision.get("meter")
    types = ACCOUNT_TYPES if meter else TYPES[decision["metric"]]
    wanted = Filter(**of, service="metering", types=types, meter=meter, upto=upto)
    causes = [decision.get("plan_set_by"), decision.get("limit_set_by")]
    setting = _at(database, [each["event"] for each in causes if each])
    usage = _told(listed(database, wanted, cursor, limit))
    return {"figure": dict(decision), "set_by": setting, **usage}


def explain_account(
    database: Database, workspace: str, meter: str, now: datetime, cursor: str, limit: int
) -> Explanation:
    """A declared meter's account as it stands, and all that moved its units. Raises NotFound for
    one that nothing was recorded of."""
    point = PointInTime(now, END)
    accounts = [row for row in AsOf(database, workspace, point).meters() if row["meter"] == meter]
    if not accounts:
        raise NotFound("Nothing was recorded of this meter in this workspace.")
    wanted = Filter(workspace=workspace, service="metering", types=ACCOUNT_TYPES, meter=meter)
    return {"figure": accounts[0], **_told(listed(database, wanted, cursor, limit))}


def _at(database: Database, events: Sequence[str]) -> list[Row]:
    rows: list[Row] = []
    for event in dict.fromkeys(events):
        service, _, sequence = event.partition(":")
        at = {"service": service, "sequences": [int(sequence)]}
        rows += database.rows(SQL["at_positions"], at)
    return [_with_sentence(as_json(row)) for row in rows]


def _told(page: dict[str, Any]) -> dict[str, Any]:
    return {**page, "data": [_with_sentence(row) for row in page["data"]]}


def _with_sentence(row: Row) -> Row:
    return {**row, "told": tell(row["type"], row["data"])}
