"""A system that is fed only a part of a history, to compare with what is said of a moment."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import Any

from contracts import addons, billing
from contracts.envelope import Envelope, EventData
from kernel.clock import utc_clock
from projections.plan_subscriptions.projector import READ_MODEL as SUBSCRIPTIONS
from projections.purchase_history.projector import READ_MODEL as PURCHASES
from projections.usage_counters.projector import READ_MODEL as USAGE
from runtime.postgres.database import Database
from runtime.postgres.migrations import Schema
from runtime.readmodels.definition import ReadSide
from services.metering.application.plan_assignments import PlanAssignments, changes_since
from services.metering.application.recorder import UsageStore
from services.metering.policies import apply_policies
from tests.support.audit_history import (
    purchase,
    read_side,
    subscription,
)
from tests.support.postgres import fresh_database

WORKSPACES = ("acme", "globex")
TABLES = (
    "plan_subscriptions, plan_subscriptions_plans, plan_subscriptions_checkouts, "
    "usage_months, usage_days, usage_thresholds, usage_terms, purchase_history, "
    "metering_plans, metering_default_plans, metering_workspace_plans, audit_trail, "
    "audit_trail_usage, audit_trail_chains, audit_trail_checkpoints"
)


@dataclass
class Fresh:
    """A system that begins with nothing, beside the ledger."""

    side: ReadSide
    metering: Database

    def empty(self) -> None:
        with self.metering.transaction(commit=True) as cursor:
            cursor.execute("SET LOCAL search_path TO metering, projections, pg_catalog")
            cursor.execute(f"TRUNCATE {TABLES}".encode())

    def feed(self, events: Sequence[Envelope]) -> None:
        with self.side.database.transaction(commit=True) as cursor:
            for model in (SUBSCRIPTIONS, PURCHASES, USAGE):
                model.handle(cursor, [e for e in events if e.service in model.services])
        with self.metering.transaction(commit=True) as cursor:
            apply_policies(cursor, [event for event in events if event.service == "billing"])

    def plans(self) -> PlanAssignments:
        book = PlanAssignments(utc_clock)
        book.apply(changes_since(self.metering, 0))
        return book

    def usage(self, workspace: str) -> dict[str, dict[str, int]]:
        rows = self.side.database.rows(
            "SELECT month, metric, count FROM usage_months WHERE workspace = %s ORDER BY month",
            (workspace,),
        )
        months: dict[str, dict[str, int]] = {}
        for row in rows:
            months.setdefault(row["month"], {"message": 0, "conversation": 0})
            months[row["month"]][row["metric"]] = row["count"]
        return months

    def purchases(self, workspace: str) -> list[tuple[str, str]]:
        rows = self.side.database.rows(
            "SELECT purchase_id, status FROM purchase_history WHERE workspace_id = %s ORDER BY 1",
            (workspace,),
        )
        return [(row["purchase_id"], row["status"]) for row in rows]


@contextmanager
def fresh_system(postgres_url: str) -> Iterator[Fresh]:
    with ExitStack() as stack:
        url = stack.enter_context(fresh_database(postgres_url))
        side = stack.enter_context(read_side(url))
        for model in (SUBSCRIPTIONS, PURCHASES, USAGE):
            Schema(side.database, model.tables).migrate()
        database = stack.enter_context(Database(url, "metering", ids="uuid"))
        UsageStore(database).migrate()
        yield Fresh(side, database)


def limits_changed(slug: str, conversations: int, messages: int | None, apply_to: Any) -> EventData:
    return billing.PlanLimitsChanged(
        slug=slug,
        apply_to=apply_to,
        family=None,
        monthly_conversations=conversations,
        monthly_messages=messages,
        max_tokens_per_response=None,
        features={},
        limits={},
    )


def subscription_event(workspace: str, plan: str, status: str, **facts: Any) -> EventData:
    whole = subscription(workspace, plan=plan, status=status, **facts)
    return billing.SubscriptionAmended(workspace_id=workspace, subscription=whole)


def purchase_event(workspace: str, number: int, status: str) -> EventData:
    whole = purchase(workspace, purchase_id=f"{workspace}-{number}", status=status)
    kind = addons.AddonPaid if status == "paid" else addons.AddonPurchaseStarted
    return kind(workspace_id=workspace, purchase=whole)
