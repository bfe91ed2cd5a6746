"""What a migration would do to one account; nothing is asked and nothing changes."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal

from gateways.port import Capabilities
from services.billing.domain.account.observation import after_interval
from services.billing.domain.account.state import Account
from services.billing.domain.account.subscription import Subscription
from services.billing.domain.plan.state import Plan
from services.billing.domain.plan_migration.state import PlanMigration
from services.billing.domain.terms import Price

How = Literal["in_place", "approval", "refused"]


@dataclass(frozen=True, kw_only=True)
class Foreseen:
    """`becomes` is what a unit costs from `effective_at` on. `refused`: why, in `reason`."""

    workspace: str
    gateway: str
    price: Price
    becomes: Price | None
    how: How
    effective_at: datetime | None
    reason: str = ""


def price_for(target: Plan, currency: str) -> Price | None:
    """What the plan costs there now; None where it is not sold in that currency."""
    if currency == target.price.currency:
        return target.price
    cents = target.sale.prices.get(currency)
    return None if cents is None else replace(target.price, price_cents=cents, currency=currency)


def first_boundary(live: Subscription, not_before: datetime) -> datetime | None:
    """When a period ends that may be the last at the old price."""
    boundary = live.period_end
    while boundary is not None and boundary < not_before:
        for _ in range(live.interval_count):
            boundary = after_interval(boundary, live.price.interval)
    return boundary


def foresee(
    account: Account,
    migration: PlanMigration,
    target: Plan,
    capabilities: Capabilities | None,
    at: datetime,
) -> Foreseen | None:
    """None for who is not concerned: on another plan, or at that price already. Without
    `capabilities` the gateway is not set up any more."""
    live = account.live
    if live is None or live.plan != migration.plan:
        return None
    becomes = price_for(target, live.price.currency)
    if target.slug == live.plan and becomes == live.price:
        return None
    in_place = capabilities is not None and capabilities.swap_in_place
    reason = _refusal(live, target, becomes, capabilities)
    not_before = migration.not_before(at)
    return Foreseen(
        workspace=account.workspace,
        gateway=live.gateway or "",
        price=live.price,
        becomes=becomes,
        how="refused" if reason else "in_place" if in_place else "approval",
        effective_at=first_boundary(live, not_before) if in_place else not_before,
        reason=reason,
    )


def _refusal(
    live: Subscription, target: Plan, becomes: Price | None, capabilities: Capabilities | None
) -> str:
    """An error's code, empty where nothing speaks against it."""
    units = target.sale.per_unit
    if capabilities is None:
        return "gateway_not_configured"
    if becomes is None:
        return "currency_mismatch"
    if not _sells(live.quantity, units.min if units else 1, units.max if units else 1):
        return "quantity_not_sold"
    # Such a gateway wants another checkout, and sells nobody what they have.
    if not capabilities.swap_in_place and target.slug == live.plan:
        return "capability_not_supported"
    return ""


def _sells(quantity: int, least: int, most: int | None) -> bool:
    return least <= quantity and (most is None or quantity <= most)
