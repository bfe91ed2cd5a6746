"""What came of asking a gateway to sell a plan as the catalogue has it, or to stop selling it."""

from __future__ import annotations

from datetime import datetime

from kernel.events import DomainEvent
from services.billing.domain.plan.events import PlanSynced, PlanSyncFailed, PlanWithdrawn
from services.billing.domain.plan.offers import Offer
from services.billing.domain.plan.state import Plan


def decide_synced(
    plan: Plan, gateway: str, offer: Offer, archived: str | None, at: datetime
) -> list[DomainEvent]:
    """Nothing when that is known already. `archived` is a price that is not sold any more."""
    known = plan.sync(gateway)
    if known.settled and known.offer == offer and archived is None:
        return []
    return [
        PlanSynced(
            timestamp=at,
            gateway=gateway,
            product_ref=offer.product_ref,
            price_ref=offer.price_ref,
            price_cents=offer.price.price_cents,
            currency=offer.price.currency,
            interval=offer.price.interval,
            archived_price_ref=archived,
        )
    ]


def decide_sync_failed(plan: Plan, gateway: str, reason: str, at: datetime) -> list[DomainEvent]:
    """Nothing when it failed before for the same reason."""
    if plan.sync(gateway).reason == reason:
        return []
    return [PlanSyncFailed(timestamp=at, gateway=gateway, reason=reason)]


def decide_withdrawn(
    plan: Plan, gateway: str, archived: str | None, at: datetime
) -> list[DomainEvent]:
    known = plan.sync(gateway)
    if known.offer is None and known.settled:
        return []
    return [PlanWithdrawn(timestamp=at, gateway=gateway, archived_price_ref=archived)]
