"""A subscription is to change its plan in place."""

from __future__ import annotations

from datetime import datetime

from gateways.port import Capabilities, CurrencyMismatch
from kernel.events import DomainEvent
from services.billing.domain.account.events import ChangeRequested
from services.billing.domain.account.state import Account
from services.billing.domain.account.subscription import AgreedPrice, Subscription
from services.billing.domain.account.timing import PlanChange, timing_of
from services.billing.domain.errors import AlreadySubscribed, CancellationPending, NotSubscribed


def decide_swap(
    account: Account,
    command_id: str,
    agreed: AgreedPrice,
    choice: PlanChange,
    capabilities: Capabilities,
    at: datetime,
    units: int | None = None,
) -> list[DomainEvent]:
    """`units`: how many of the plan are had, where those are others than now."""
    live = require_swappable(account, agreed.plan, capabilities)
    require_same_currency(live, agreed)
    request = ChangeRequested(
        timestamp=at,
        command_id=command_id,
        kind="swap",
        gateway=live.gateway or "",
        subscription_ref=live.ref or "",
        deal=agreed,
        timing=timing_of(choice, live, agreed, units),
        quantity=units,
    )
    return [request]


def require_swappable(account: Account, plan: str, capabilities: Capabilities) -> Subscription:
    """A swap to the plan it has undoes a swap that is scheduled. Raises NotSubscribed,
    CancellationPending or AlreadySubscribed."""
    live = account.require_live()
    if not live.has_access:
        raise NotSubscribed(workspace=account.workspace, status=live.status)
    if live.ends_with_period and live.cancel_at is not None and capabilities.resume:
        raise CancellationPending(cancel_at=live.cancel_at.isoformat())
    if live.plan == plan and live.next_plan is None and live.cancel_at is None:
        raise AlreadySubscribed(plan=plan)
    if live.next_plan == plan:
        raise AlreadySubscribed(plan=plan, next_plan=plan)
    return live


def require_same_currency(live: Subscription, agreed: AgreedPrice) -> None:
    """In place a gateway keeps charging in the currency that it began with."""
    if live.price.currency != agreed.price.currency:
        raise CurrencyMismatch(currency=live.price.currency, wanted=agreed.price.currency)
