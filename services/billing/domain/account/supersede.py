"""A subscription is not wanted any more: it is to be cancelled at its gateway until that is
confirmed."""

from __future__ import annotations

from datetime import datetime

from kernel.events import DomainEvent
from services.billing.domain.account.events import (
    OrphanSubscriptionCancelled,
    SubscriptionSuperseded,
)
from services.billing.domain.account.records import Orphan
from services.billing.domain.account.subscription import Subscription


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
    return [superseded, confirm_cancelled(orphan, at)]


def confirm_cancelled(orphan: Orphan, at: datetime) -> DomainEvent:
    """Its gateway has ended it."""
    subscription = orphan.subscription
    return OrphanSubscriptionCancelled(
        timestamp=at,
        gateway=subscription.gateway or "",
        subscription_ref=subscription.ref or "",
        reason=orphan.reason,
    )
