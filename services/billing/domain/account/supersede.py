"""A subscription is not wanted any more: it is to be cancelled at its gateway until that is
confirmed, and what it leaves unused is to be refunded."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from kernel.events import DomainEvent
from services.billing.domain.account.events import (
    OrphanSubscriptionCancelled,
    OverlapRefundDue,
    SubscriptionSuperseded,
)
from services.billing.domain.account.records import Orphan
from services.billing.domain.account.subscription import Subscription

ASSIGNED, REPLACED, SUPERSEDED = "assigned", "replaced", "superseded"


def supersede(
    subscription: Subscription, reason: str, at: datetime, seen_at: datetime | None = None
) -> list[DomainEvent]:
    """One that its gateway has ended already needs no confirmation."""
    superseded = SubscriptionSuperseded(
        timestamp=at, subscription=subscription, reason=reason, seen_at=seen_at
    )
    if not subscription.closed:
        return [superseded]
    orphan = Orphan(subscription=subscription, reason=reason, since=at)
    return [superseded, *confirm_cancelled(orphan, at)]


def confirm_cancelled(orphan: Orphan, at: datetime) -> list[DomainEvent]:
    """Its gateway has ended it. Who was given another plan by hand is refunded nothing."""
    subscription = orphan.subscription
    named: dict[str, Any] = {
        "timestamp": at,
        "gateway": subscription.gateway,
        "subscription_ref": subscription.ref,
    }
    cancelled = OrphanSubscriptionCancelled(reason=orphan.reason, **named)
    due = subscription.unused(orphan.since)
    if due <= 0 or orphan.reason == ASSIGNED:
        return [cancelled]
    refund = OverlapRefundDue(
        command_id=f"overlap:{subscription.ref}",
        amount_cents=due,
        currency=subscription.price.currency,
        **named,
    )
    return [cancelled, refund]
