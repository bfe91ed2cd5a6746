"""Keeps what gives a workspace its quotas, and what was taken of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from contracts import billing, metering
from contracts.envelope import Envelope
from kernel.month import Month
from projections.quotas import BUILT_IN, Given, Quota
from runtime.postgres.database import Cursor, Database, Jsonb, Row
from runtime.postgres.named_sql import load_queries

SQL = load_queries(Path(__file__).parent / "terms.sql")
# Who has no subscription lives on the default plan as it is sold.
ALWAYS = 2**63 - 1
QUOTA = "quota"
LIMITS = {*BUILT_IN.values(), "quotas", "monthly_credits", "apply_to"}


@dataclass(frozen=True, slots=True)
class Term:
    """`absent` is what holds where nothing was said."""

    kind: str
    key: str
    fact: object
    absent: object = None


def note(cursor: Cursor, events: Sequence[Envelope]) -> None:
    taken: Counter[tuple[str, str, str]] = Counter()
    for event in events:
        for term in _terms(event.data):
            _write(cursor, term, event)
        if isinstance(event.data, metering.CreditsGranted):
            granted = event.data
            facts = (granted.workspace_id, granted.meter, granted.month)
            cursor.execute(SQL["note_credited"], facts)
        for key, amount in _moved(event.data):
            taken[key] += amount
    if taken:
        columns = [list(column) for column in zip(*taken, strict=True)]
        cursor.execute(SQL["take_of_quotas"], [*columns, list(taken.values())])


def _write(cursor: Cursor, term: Term, event: Envelope) -> None:
    absent = None if term.absent is None else Jsonb(term.absent)
    facts = {"kind": term.kind, "key": term.key, "fact": Jsonb(term.fact), "absent": absent}
    cursor.execute(SQL["note_term"], {**facts, "sequence": event.sequence, "at": event.time})


def _terms(told: object) -> Iterator[Term]:
    match told:
        case billing.PlanCreated() | billing.PlanLimitsChanged():
            yield Term("plan", told.slug, told.model_dump(mode="json", include=LIMITS))
            if isinstance(told, billing.PlanCreated) and told.is_default:
                yield Term("default", "", told.slug)
        case billing.PlanMadeDefault():
            yield Term("default", "", told.slug)
        case billing.PlanSaleTermsChanged():
            scales = told.per_unit.scales if told.per_unit else ()
            yield Term("scales", told.slug, list(scales), [])
        case billing.SubscriptionEvent():
            subscription, workspace = told.subscription, told.workspace_id
            lives = subscription.status in billing.ACCESS
            on: dict[str, object] = {"plan": subscription.plan if lives else None}
            yield Term(
                "workspace", workspace, on | {"blocked": True} if subscription.blocked else on
            )
            yield Term("quantity", workspace, subscription.quantity if lives else 1, 1)
        case billing.WorkspaceOverridesChanged():
            facts = told.model_dump(mode="json", include={"quotas", "until"})
            yield Term("overrides", told.workspace_id, facts)


def _moved(told: object) -> Iterator[tuple[tuple[str, str, str], int]]:
    """What was taken of which month's quota, or came back."""
    taken: Sequence[metering.Part] = ()
    returned: Sequence[metering.Part] = ()
    match told:
        case metering.UsageRecorded() | metering.UsageReserved():
            taken = told.sources
        case metering.ReservationSettled() | metering.UsageCorrected():
            taken, returned = told.taken, told.returned
        case metering.ReservationReleased():
            returned = told.returned
        case _:
            return
    key = (told.workspace_id, told.month, told.meter)
    yield key, _of_quota(taken) - _of_quota(returned)


def _of_quota(parts: Sequence[metering.Part]) -> int:
    return sum(part.amount for part in parts if part.source == QUOTA)


class QuotasOf:
    """Of one workspace in a month: as they are now, or were at its end."""

    def __init__(self, database: Database, workspace: str, month: Month, now: datetime) -> None:
        self._database = database
        self._month = month
        self._workspace = workspace
        self._at = min(now, month.end)

    def quotas(self) -> dict[str, Quota]:
        given = self._given()
        found = given.quotas(self._at)
        facts = {"workspace": self._workspace, "month": str(self._month)}
        credited = {row["meter"] for row in self._database.rows(SQL["credited"], facts)}
        counted = set(self.taken()) if given.blocked else set()
        for meter in credited | given.credited() | counted:
            found.setdefault(meter, Quota(0))
        return found

    def taken(self) -> dict[str, int]:
        """Of declared meters, used or held."""
        facts = {"workspace": self._workspace, "month": str(self._month)}
        rows = self._database.rows(SQL["taken"], facts)
        return {row["meter"]: row["amount"] for row in rows}

    def _given(self) -> Given:
        lives = self._last("workspace", self._workspace)
        slug, came = (lives["fact"]["plan"], lives["sequence"]) if lives else (None, ALWAYS)
        limits = self._limits(slug, came) if slug else None
        if limits is None:
            default = self._last("default", "")
            slug = default["fact"] if default else None
            limits = self._limits(slug, ALWAYS) if slug else None
        scales = self._last("scales", slug) if slug else None
        quantity = self._last("quantity", self._workspace)
        overrides = self._last("overrides", self._workspace)
        return Given(
            limits,
            scales["fact"] if scales else (),
            quantity["fact"] if quantity else 1,
            overrides["fact"] if overrides else {},
            blocked=bool(lives and lives["fact"].get("blocked")),
        )

    def _limits(self, slug: str, came: int) -> dict[str, Any] | None:
        rows = self._rows("plan_limits", key=slug, came=came)
        return rows[0]["fact"] if rows else None

    def _last(self, kind: str, key: str) -> Row | None:
        rows = self._rows("last_term", kind=kind, key=key)
        return rows[0] if rows else None

    def _rows(self, query: str, **facts: object) -> list[Row]:
        return self._database.rows(SQL[query], {**facts, "until": self._month.end})
