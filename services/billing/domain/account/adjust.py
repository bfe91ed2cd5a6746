"""Quantity, discount, pause and trial of a running subscription are to become others."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from gateways.port import Ability, Capabilities, CapabilityNotSupported
from kernel.events import DomainEvent
from services.billing.domain.account.change_events import ChangeKind
from services.billing.domain.account.events import ChangeRequested
from services.billing.domain.account.given_discount import (
    GivenDiscount,
    is_used,
    require_unused,
)
from services.billing.domain.account.state import Account
from services.billing.domain.account.subscription import Subscription
from services.billing.domain.errors import (
    CancellationPending,
    NotInTrial,
    NotPaused,
    NotSubscribed,
    SwapPending,
)
from services.billing.domain.terms import require

# What some gateways do at once, and others with the next period.
AT_THE_BOUNDARY: Mapping[ChangeKind, Ability] = {
    "quantity": "quantity_change",
    "discount": "discount_change",
}
BY_PAYER = "Its payer paused it, and alone resumes it: with the bank, or in the app of the mandate."


@dataclass(frozen=True, slots=True)
class Adjustment:
    """What is asked for, of a gateway that can do so much, when."""

    command_id: str
    capabilities: Capabilities
    at: datetime


def decide_quantity(account: Account, adjustment: Adjustment, quantity: int) -> list[DomainEvent]:
    """Nothing when it has as many, and more or less can't be on its way."""
    live = require_adjustable(account)
    adjustment.capabilities.require("quantity_change", live.paid_with)
    _require_nothing_planned(live)
    rule = adjustment.capabilities.coupons.lowering
    if rule and live.discounts and quantity < live.quantity:
        raise CapabilityNotSupported(capability="quantity_change", reason=rule)
    if live.quantity == quantity and not waits(adjustment.capabilities, "quantity"):
        return []
    return [_requested(live, adjustment, "quantity", quantity=quantity)]


def decide_pause(
    account: Account, adjustment: Adjustment, resumes_at: datetime | None
) -> list[DomainEvent]:
    """Nothing when it rests until then."""
    live = account.require_live()
    adjustment.capabilities.require("pause")
    if resumes_at is not None:
        adjustment.capabilities.require("pause_until")
        require(resumes_at > adjustment.at, "resumes_at", "A pause ends in the future.")
    if live.paused is not None and live.paused.kind == "subscription":
        if live.paused.resumes_at == resumes_at:
            return []
        raise NotSubscribed(workspace=account.workspace, status=live.status)
    require_adjustable(account)
    if live.status != "active":
        raise NotSubscribed(workspace=account.workspace, status=live.status)
    return [_requested(live, adjustment, "pause", until=resumes_at)]


def decide_unpause(account: Account, adjustment: Adjustment) -> list[DomainEvent]:
    live = account.require_live()
    if live.paused is None:
        raise NotPaused(status=live.status)
    adjustment.capabilities.require("pause")
    if live.paused.by_payer:
        raise CapabilityNotSupported(gateway=live.gateway, capability="pause", reason=BY_PAYER)
    return [_requested(live, adjustment, "unpause")]


def decide_end_pause(account: Account, adjustment: Adjustment) -> list[DomainEvent]:
    """Its time is over, at a gateway that does not end it itself."""
    live = account.live
    if live is None or live.paused is None or live.paused.kind != "subscription":
        return []
    resumes_at = live.paused.resumes_at
    emulated = adjustment.capabilities.offer("pause_until").support == "emulated"
    if not emulated or resumes_at is None or resumes_at > adjustment.at:
        return []
    return [_requested(live, adjustment, "unpause")]


def decide_discount(
    account: Account, adjustment: Adjustment, discount: GivenDiscount
) -> list[DomainEvent]:
    """In the place of what it has. Nothing when it has that, or is being given it: the same command
    goes on then, because another one would begin it anew."""
    live = require_discountable(account, adjustment)
    adjustment.capabilities.require_coupon("discount_change", discount.coupon, live.paid_with)
    if _is_being_given(account, live, discount):
        return []
    if is_used(account, discount.code) and discount.is_among(live.discounts):
        return []
    require_unused(account, discount)
    return [_requested(live, adjustment, "discount", discount=discount)]


def require_discountable(account: Account, adjustment: Adjustment) -> Subscription:
    """Raises NotSubscribed, CancellationPending, CapabilityNotSupported or SwapPending."""
    live = require_adjustable(account)
    adjustment.capabilities.require("discount_change", live.paid_with)
    _require_nothing_planned(live)
    return live


def decide_end_discount(account: Account, adjustment: Adjustment) -> list[DomainEvent]:
    live = account.require_live()
    if not live.discounts:
        return []
    adjustment.capabilities.require("discount_change", live.paid_with)
    _require_nothing_planned(live)
    return [_requested(live, adjustment, "discount_end")]


def decide_trial(account: Account, adjustment: Adjustment, ends_at: datetime) -> list[DomainEvent]:
    """Longer, or shorter; over when that is past."""
    live = account.require_live()
    if live.status != "trialing":
        raise NotInTrial(status=live.status)
    adjustment.capabilities.require("trial_change", live.paid_with)
    _require_nothing_planned(live)
    if live.trial_ends_at == ends_at:
        return []
    until = ends_at if ends_at > adjustment.at else None
    return [_requested(live, adjustment, "trial", until=until)]


def require_adjustable(account: Account) -> Subscription:
    """Raises NotSubscribed or CancellationPending."""
    live = account.require_live()
    if not live.has_access:
        raise NotSubscribed(workspace=account.workspace, status=live.status)
    if live.ends_with_period:
        at = live.cancel_at
        raise CancellationPending(cancel_at=at.isoformat() if at is not None else None)
    return live


def waits(capabilities: Capabilities, kind: ChangeKind) -> bool:
    """Whether the gateway does it with the next period."""
    ability = AT_THE_BOUNDARY.get(kind)
    return ability is not None and capabilities.offer(ability).at == "period_end"


def _require_nothing_planned(live: Subscription) -> None:
    """What a gateway plans names all that the subscription carried then, and would bring it back.
    Raises SwapPending."""
    if live.next_plan is not None:
        raise SwapPending(next_plan=live.next_plan)


def _is_being_given(account: Account, live: Subscription, discount: GivenDiscount) -> bool:
    change = account.change
    return (
        change is not None
        and change.kind == "discount"
        and change.discount == discount
        and live.is_at(change.gateway, change.subscription_ref)
    )


def _requested(
    live: Subscription, adjustment: Adjustment, kind: ChangeKind, **facts: Any
) -> ChangeRequested:
    return ChangeRequested(
        timestamp=adjustment.at,
        command_id=adjustment.command_id,
        kind=kind,
        gateway=live.gateway or "",
        subscription_ref=live.ref or "",
        **facts,
    )
