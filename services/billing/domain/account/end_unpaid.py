"""What nobody pays for is not served for ever."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from kernel.events import DomainEvent
from services.billing.domain.account.events import (
    ChangeRefused,
    ChangeRequested,
    SubscriptionSuspended,
)
from services.billing.domain.account.observation import after_interval
from services.billing.domain.account.state import Account
from services.billing.domain.account.subscription import Subscription
from services.billing.domain.invoice.state import Invoice

UNPAID = "unpaid:"


def decide_end_unpaid(
    account: Account, owed: Sequence[Invoice], days: int, at: datetime
) -> list[DomainEvent]:
    """A subscription that has been past due for `days` since the oldest of its open invoices was
    to be paid loses its access, and its gateway is asked to end it."""
    live = account.live
    if live is None or live.status != "past_due":
        return []
    if at < _due_since(live, owed, at) + timedelta(days=days):
        return []
    suspended = replace(live, status="suspended", overdue=True)
    cancellation = ChangeRequested(
        timestamp=at,
        command_id=f"{UNPAID}{live.ref}:{at:%Y%m%d%H%M}",
        kind="cancel",
        gateway=live.gateway or "",
        subscription_ref=live.ref or "",
        at_period_end=False,
    )
    return [SubscriptionSuspended(timestamp=at, subscription=suspended), cancellation]


def keep_paid(account: Account, after: Subscription, at: datetime) -> list[DomainEvent]:
    """Paid at last, before its gateway could be asked to end it: it is not to be any more."""
    change = account.change
    if change is None or after.overdue or not change.command_id.startswith(UNPAID):
        return []
    return [ChangeRefused(timestamp=at, command_id=change.command_id, reason="paid")]


def _due_since(live: Subscription, owed: Sequence[Invoice], at: datetime) -> datetime:
    """By the invoices; where a gateway shows none, since the payment of the present period. Some
    show the period that was paid last: then since its end."""
    dates = [each.owed_since for each in owed if each.gateway_status == "open"]
    if dates:
        return min(dates)
    start = live.period_start or live.started_at
    end = after_interval(start, live.price.interval)
    return end if end <= at else start
