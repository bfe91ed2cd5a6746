"""What is to be done about one account of a migration now."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from services.billing.domain.account.records import AnnouncedMigration
from services.billing.domain.account.state import Account
from services.billing.domain.account.subscription import Subscription
from services.billing.domain.plan_migration.state import PlanMigration

# A planned change stands in the way of what customers do themselves: quantities, pauses.
LEAD = timedelta(days=3)
SOON, DAILY, MARGIN = timedelta(minutes=2), timedelta(days=1), timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class Wait:
    until: datetime
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Over:
    """`moved`, or `left` for a reason that is the workspace's own."""

    state: Literal["moved", "left"]
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Act:
    """`announce` to the workspace, `schedule` at the gateway, or `ask` for approval. What was
    scheduled and not noted is scheduled again: it is the same command."""

    what: Literal["announce", "schedule", "ask"]


Step = Wait | Over | Act


def next_step(
    account: Account,
    migration: PlanMigration,
    at: datetime,
    *,
    in_place: bool,
    scheduled_for: datetime | None,
) -> Step:
    """`scheduled_for`: the boundary for which the gateway was asked already."""
    live, announced = account.live, announced_by(account, migration)
    if live is None:
        return Over("left", "not_subscribed")
    if announced is not None and is_moved(live, migration, announced):
        return Over("moved")
    if live.plan != migration.plan:
        return Over("left", "other_plan")
    if account.change is not None:
        return Wait(at + SOON, "change_pending")
    if live.ends_with_period:
        return Wait(at + DAILY, "cancellation_scheduled")
    if not live.has_access:
        return Wait(at + DAILY, live.status)
    if announced is None:
        return Act("announce")
    if not in_place:
        return _with_approval(account, announced, at)
    return _at_boundary(live, announced, at, scheduled_for)


def announced_by(account: Account, migration: PlanMigration) -> AnnouncedMigration | None:
    known = account.migration
    return known if known is not None and known.migration_id == migration.id else None


def is_moved(live: Subscription, migration: PlanMigration, announced: AnnouncedMigration) -> bool:
    deal = announced.deal
    if migration.target != migration.plan:
        return live.plan == deal.plan
    return live.plan == deal.plan and live.price_ref == deal.price_ref


def is_planned(
    account: Account, announced: AnnouncedMigration, scheduled_for: datetime | None
) -> bool:
    """What the gateway has planned is ours: neither a cancellation nor another plan that the
    workspace chose since."""
    live = account.live
    if live is None or live.ends_with_period:
        return False
    ours = live.next_plan in (None, announced.deal.plan)
    return ours and scheduled_for is not None and scheduled_for == live.period_end


def _at_boundary(
    live: Subscription, announced: AnnouncedMigration, at: datetime, scheduled_for: datetime | None
) -> Step:
    boundary = live.period_end
    if boundary is None:
        return Wait(at + DAILY, "no_period")
    if boundary <= at:
        return Wait(at + SOON)
    if boundary < announced.not_before or scheduled_for == boundary:
        return Wait(boundary + MARGIN)
    if live.next_plan not in (None, announced.deal.plan):
        return Wait(boundary + MARGIN, "swap_scheduled")
    if at < boundary - LEAD:
        return Wait(boundary - LEAD)
    return Act("schedule")


def _with_approval(account: Account, announced: AnnouncedMigration, at: datetime) -> Step:
    """Asked once. A page that somebody has open is not taken away."""
    if at < announced.not_before:
        return Wait(announced.not_before)
    if announced.checkout_id is not None:
        return Wait(at + DAILY, "approval_needed")
    if account.open_checkout is not None:
        return Wait(at + DAILY, "checkout_open")
    return Act("ask")
