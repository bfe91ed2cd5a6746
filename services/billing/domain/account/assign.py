"""The platform gives a workspace a local-only plan."""

from __future__ import annotations

from datetime import datetime

from kernel.events import DomainEvent
from services.billing.domain.account.events import PlanAssigned
from services.billing.domain.account.records import ASSIGNED
from services.billing.domain.account.start_checkout import supersede_checkouts
from services.billing.domain.account.state import Account
from services.billing.domain.account.subscription import AgreedPrice, Subscription
from services.billing.domain.account.supersede import supersede
from services.billing.domain.errors import SubscriptionLive


def decide_assign(account: Account, agreed: AgreedPrice, at: datetime) -> list[DomainEvent]:
    """Refused while a gateway goes on charging; what ends anyway is ended now. Nothing when it is
    assigned already."""
    current, live = account.subscription, account.live
    if current is not None and current.renews:
        raise SubscriptionLive(plan=current.plan, gateway=current.gateway)
    if current is not None and current.gateway is None and current.plan == agreed.plan:
        return []
    assigned = Subscription(plan=agreed.plan, status="active", price=agreed.price, started_at=at)
    return [
        *(supersede(live, ASSIGNED, at) if live is not None else []),
        *supersede_checkouts(account, at),
        PlanAssigned(timestamp=at, subscription=assigned),
    ]
