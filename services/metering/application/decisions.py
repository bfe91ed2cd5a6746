"""Why a request was refused, rebuilt from history: refusing itself wrote nothing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import msgspec

from kernel.clock import rfc3339
from runtime.eventstore.recorder import RecordedEvent
from runtime.postgres.database import Row
from runtime.postgres.named_sql import load_queries
from services.metering.application.blocks.by_day import ByDay, by_day
from services.metering.application.commands import AccountKey
from services.metering.application.metering import Check
from services.metering.application.months import number_of
from services.metering.application.plan_assignments import ALWAYS
from services.metering.application.plan_history import PlanHistoryReader
from services.metering.application.plan_rows import overrides_of_row, plan_of_row
from services.metering.application.recorder import UsageStore
from services.metering.application.stored import TOPICS
from services.metering.application.turns import Turns
from services.metering.domain.decision import Decision, decision_id, read_decision
from services.metering.domain.identity import Identity
from services.metering.domain.overrides import overridden
from services.metering.domain.quota import UNKNOWN_PLAN, Plan
from services.metering.domain.units import CORRECTED

_QUERIES = load_queries(Path(__file__).parent / "decisions.sql")


@dataclass(frozen=True, slots=True)
class Issued:
    """A decision whose id was verified, with the key that made its check value."""

    id: str
    key_id: str
    decision: Decision


class Decisions:
    """`keys` make the check values of ids: secrets by their key id, newest first."""

    def __init__(self, store: UsageStore, keys: Mapping[str, str], turns: Turns) -> None:
        self._store = store
        self._database = store.database
        self._key_ids = list(keys)
        self._secrets = [secret.encode() for secret in keys.values()]
        self._turns = turns

    def identifier(self, workspace: str, check: Check, position: int) -> str:
        """`position` is where in the log the refusal was decided."""
        return decision_id(
            Decision(workspace, check.metric, check.month, position, check.revision),
            self._secrets[0],
        )

    def read(self, identifier: str) -> Issued:
        """Raises DecisionNotFound for an id that was not issued here."""
        decision, number = read_decision(identifier, self._secrets)
        return Issued(identifier, self._key_ids[number], decision)

    def explain(self, issued: Issued) -> dict[str, Any]:
        """What was true at the positions that the decision names. Raises Unavailable while many
        are being explained, DecisionTooLarge when it takes too long."""
        with self._turns.taken():
            return self._explained(issued)

    def _explained(self, issued: Issued) -> dict[str, Any]:
        decision = issued.decision
        plan, moved_by, limited_by = self._plan(decision)
        usage = self._used(decision)
        used = usage.counts.total()
        held = self._held(decision)
        limit = plan.limit_of(decision.metric)
        return {
            "id": issued.id,
            "key_id": issued.key_id,
            "workspace_id": decision.workspace,
            "metric": decision.metric,
            "month": str(decision.month),
            "allowed": limit is None or used + held < limit,
            "used": used,
            "held": held,
            "limit": limit,
            "plan": plan.slug,
            "resets_at": rfc3339(decision.month.end),
            "known": {
                "usage": f"metering:{decision.usage_position}",
                "limits": decision.plan_revision,
            },
            "plan_set_by": moved_by,
            "limit_set_by": limited_by,
            "usage": {
                "days": [
                    {"day": day, "count": count} for day, count in sorted(usage.counts.items())
                ],
                "first": _event(usage.first),
                "last": _event(usage.last),
            },
            "explanation": (
                f"{used} {decision.metric}s counted and {held} held of {limit} "
                f"in {decision.month} on plan {plan.slug!r}."
            ),
        }

    def _plan(self, decision: Decision) -> tuple[Plan, Row | None, Row | None]:
        facts = {"workspace": decision.workspace, "revision": decision.plan_revision}
        moved = self._first("workspace_plan", **facts)
        came = moved["revision"] if moved and moved["slug"] else ALWAYS
        if moved is None or moved["slug"] is None:
            moved = self._first("default_plan", **facts)
        if moved is None:
            return UNKNOWN_PLAN, None, None
        limits = self._first("plan_limits", slug=moved["slug"], moved=came, **facts)
        if limits is None:
            return UNKNOWN_PLAN, _source(moved), None
        plan = PlanHistoryReader(self._database).scaled(
            plan_of_row(limits), decision.workspace, decision.plan_revision
        )
        set_by = limits
        override = self._first("overrides", **facts)
        if override is not None:
            held = overridden(plan, overrides_of_row(override), self._known_at(decision))
            if held.limit_of(decision.metric) != plan.limit_of(decision.metric):
                plan, set_by = held, override
        return plan, _source(moved), _source(set_by)

    def _known_at(self, decision: Decision) -> datetime:
        """When the last event was recorded that was known; the month's start without any."""
        known = self._store.at([decision.usage_position])
        return known[0].recorded_at if known else decision.month.start

    def _used(self, decision: Decision) -> ByDay:
        """Of rows and of blocks: what is older stands in rows. As it was corrected by then."""
        account: AccountKey = (decision.workspace, decision.metric, number_of(decision.month))
        usage = by_day(self._database, account, decision.usage_position)
        facts = {**_range(decision), "topic": TOPICS[decision.metric]}
        rows = self._database.rows(_QUERIES["usage_by_day"], facts)
        if rows:
            usage.counts.update({row["day"]: row["count"] for row in rows})
            ends = [min(row["first"] for row in rows), max(row["last"] for row in rows)]
            found = self._store.at(ends)
            usage.first, usage.last = found[0], usage.last or found[-1]
        facts["topics"] = [kind.TOPIC for kind in CORRECTED[decision.metric]]
        for row in self._database.rows(_QUERIES["corrections_by_day"], facts):
            usage.counts[row["day"]] += row["units"]
        return usage

    def _held(self, decision: Decision) -> int:
        if decision.metric == "message":
            return 0
        row = self._first("open_holds", **_range(decision))
        return int(row["count"]) if row else 0

    def _first(self, query: str, **facts: Any) -> Row | None:
        rows = self._database.rows(_QUERIES[query], facts)
        return rows[0] if rows else None


def _range(decision: Decision) -> dict[str, Any]:
    identity = Identity(decision.workspace)
    return {
        "first": identity.first,
        "last": identity.last,
        "workspace": decision.workspace,
        "month": str(decision.month),
        "position": decision.usage_position,
    }


def _source(row: Row) -> Row:
    return {
        "event": row["source"],
        "type": row["event_type"],
        "at": rfc3339(row["happened_at"]),
    }


def _event(recorded: RecordedEvent | None) -> dict[str, Any] | None:
    if recorded is None:
        return None
    event = msgspec.json.decode(recorded.state)
    return {
        "id": event["usage_id"],
        "position": f"metering:{recorded.sequence}",
        "occurred_at": event["timestamp"],
        "recorded_at": rfc3339(recorded.recorded_at),
    }
