"""A price that an existing business charges at a gateway is taken for a plan's."""

from __future__ import annotations

from datetime import datetime

from kernel.events import DomainEvent
from services.billing.domain.errors import PlanLocalOnly
from services.billing.domain.plan.events import PlanPriceAdopted
from services.billing.domain.plan.offers import Offer
from services.billing.domain.plan.state import Plan


def decide_adopt_price(plan: Plan, gateway: str, offer: Offer, at: datetime) -> list[DomainEvent]:
    """Nothing when it is the plan's already. Raises PlanLocalOnly for a plan that costs nothing."""
    if offer.price_ref in plan.offers.ever(gateway):
        return []
    if plan.price.is_free:
        raise PlanLocalOnly(slug=plan.slug)
    return [
        PlanPriceAdopted(
            timestamp=at,
            gateway=gateway,
            product_ref=offer.product_ref,
            price_ref=offer.price_ref,
            price_cents=offer.price.price_cents,
            currency=offer.price.currency,
            interval=offer.price.interval,
        )
    ]
