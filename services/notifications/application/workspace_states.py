"""The entitlement state of each workspace, as billing's events tell it. Who is told of a change: a
row waits at each endpoint that wants it, behind what waits of the workspace's own."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from kernel.clock import rfc3339
from runtime.postgres.database import Cursor, Jsonb, Row
from services.notifications.application.deliveries import Deliveries
from services.notifications.application.outcomes import unsent
from services.notifications.domain.delivery import Message
from services.notifications.domain.endpoint import matches
from services.notifications.domain.workspace_state import NOTHING, Facts, previous_of, state_of

STATE_CHANGED = "workspace.state_changed"
SERVICE = "workspace"
KEEP = """
INSERT INTO workspace_states (workspace, subscription, plan, state) VALUES (%s, %s, %s, %s)
ON CONFLICT (workspace) DO UPDATE
SET subscription = EXCLUDED.subscription, plan = EXCLUDED.plan, state = EXCLUDED.state
"""
TERMS = """
INSERT INTO plan_terms (slug, terms) VALUES (%s, %s)
ON CONFLICT (slug) DO UPDATE SET terms = EXCLUDED.terms
"""
DEFAULT = "UPDATE plan_terms SET is_default = (slug = %s) WHERE is_default <> (slug = %s)"


@dataclass(frozen=True, slots=True)
class Origin:
    """The event that changed something, and when it happened."""

    id: str
    time: datetime


class WorkspaceStates:
    """Within the transaction of the consumer's position."""

    def __init__(self, cursor: Cursor) -> None:
        self._cursor = cursor

    def change_terms(self, slug: str, terms: Facts, origin: Origin) -> None:
        self._cursor.execute(TERMS.encode(), (slug, Jsonb(dict(terms))))
        for row in self._rows("SELECT * FROM workspace_states WHERE plan = %s", (slug,)):
            self._settle(row["workspace"], row["subscription"], row["state"], origin)

    def make_default(self, slug: str, origin: Origin) -> None:
        self._cursor.execute(DEFAULT.encode(), (slug, slug))
        for row in self._rows(
            "SELECT * FROM workspace_states WHERE NOT (state->>'has_access')::boolean"
        ):
            self._settle(row["workspace"], row["subscription"], row["state"], origin)

    def change_subscription(self, workspace: str, subscription: Facts, origin: Origin) -> None:
        known = self._rows("SELECT state FROM workspace_states WHERE workspace = %s", (workspace,))
        before = known[0]["state"] if known else self._state(NOTHING)[1]
        self._settle(workspace, subscription, before, origin)

    def subscription_of(self, workspace: str) -> Facts:
        """As it was told last; empty where there was none."""
        found = self._rows(
            "SELECT subscription FROM workspace_states WHERE workspace = %s", (workspace,)
        )
        return found[0]["subscription"] if found else NOTHING

    def terms_of(self, slug: str) -> Facts:
        """As they were told last; empty of a plan that was not."""
        found = self._rows("SELECT terms FROM plan_terms WHERE slug = %s", (slug,))
        return found[0]["terms"] if found else NOTHING

    def forget(self, workspace: str) -> None:
        self._cursor.execute("DELETE FROM workspace_states WHERE workspace = %s", (workspace,))

    def _settle(self, workspace: str, subscription: Facts, before: Facts, origin: Origin) -> None:
        plan, state = self._state(subscription)
        kept = (workspace, Jsonb(dict(subscription)), plan, Jsonb(state))
        self._cursor.execute(KEEP.encode(), kept)
        previous = previous_of(before, state)
        if previous:
            self._tell(workspace, {"state": state, "previous": previous}, origin)

    def _state(self, subscription: Facts) -> tuple[str, dict[str, Any]]:
        """With the plan that it lives on."""
        own = subscription.get("plan") if subscription.get("has_access") else None
        found = self._rows(
            "SELECT slug, terms FROM plan_terms WHERE slug = %(own)s OR is_default "
            "ORDER BY slug = %(own)s DESC NULLS LAST LIMIT 1",
            {"own": own},
        )
        plan, terms = (found[0]["slug"], found[0]["terms"]) if found else (own or "", NOTHING)
        return plan, state_of(plan, terms, subscription)

    def _tell(self, workspace: str, told: dict[str, Any], origin: Origin) -> None:
        endpoints = [
            row["id"]
            for row in self._rows("SELECT id, event_types FROM webhook_endpoints")
            if any(matches(wanted, STATE_CHANGED) for wanted in row["event_types"])
        ]
        if not endpoints:
            return
        sequence = self._rows("SELECT nextval('workspace_changes') AS number")[0]["number"]
        message = _message(sequence, workspace, told, origin)
        for endpoint in endpoints:
            Deliveries.keep(self._cursor, endpoint, [unsent(message)])

    def _rows(self, query: str, parameters: Any = None) -> Sequence[Row]:
        return self._cursor.execute(query.encode(), parameters).fetchall()


def _message(sequence: int, workspace: str, told: dict[str, Any], origin: Origin) -> Message:
    body = {
        "specversion": "1.0",
        "id": f"{SERVICE}:{sequence}",
        "type": STATE_CHANGED,
        "source": "/notifications",
        "subject": workspace,
        "time": rfc3339(origin.time),
        "sequence": str(sequence),
        "datacontenttype": "application/json",
        "data": {"workspace_id": workspace, **told, "cause": origin.id},
    }
    return Message(
        SERVICE, sequence, STATE_CHANGED, workspace, workspace, json.dumps(body).encode()
    )
