"""The gateway answered a change that was asked of it: accepted or refused."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from gateways.port import Capabilities
from kernel.events import DomainEvent
from services.billing.domain.account import events
from services.billing.domain.account.adjust import waits
from services.billing.domain.account.state import Account
from services.billing.domain.account.subscription import AgreedPrice, Subscription

NOT_APPLIED = "not_applied"


@dataclass(frozen=True, kw_only=True)
class Acceptance:
    """The gateway accepted the change. `effective_at` of a swap, as the gateway says."""

    change: events.ChangeRequested
    capabilities: Capabilities
    at: datetime
    effective_at: datetime | None = None


def decide_confirm_change(account: Account, acceptance: Acceptance) -> list[DomainEvent]:
    """What the gateway shows since it accepted was observed. Adds what it does not show: a
    cancellation that some keep to themselves, a swap that is still to come. What it accepted and
    did not do is refused as `not_applied`."""
    change, live, at = acceptance.change, account.live, acceptance.at
    if account.change is None or account.change.command_id != change.command_id:
        return []
    if not is_applied(account, acceptance):
        return decide_refuse_change(account, change.command_id, NOT_APPLIED, at)
    decided: list[DomainEvent] = [
        events.ChangeConfirmed(timestamp=at, command_id=change.command_id)
    ]
    if live is None or live.ref != change.subscription_ref:
        return decided
    if change.kind == "cancel" and live.cancel_at is None:
        decided.append(_end_scheduled(live, at))
    if change.kind == "swap" and change.deal is not None:
        decided += _swap_scheduled(live, change.deal, acceptance.effective_at or at, at)
    return decided


def decide_refuse_change(
    account: Account, command_id: str, reason: str, at: datetime
) -> list[DomainEvent]:
    if account.change is None or account.change.command_id != command_id:
        return []
    return [events.ChangeRefused(timestamp=at, command_id=command_id, reason=reason)]


def is_applied(account: Account, acceptance: Acceptance) -> bool:
    """Whether the subscription is as it was asked for, as far as its gateway shows that."""
    change, live, at = acceptance.change, account.live, acceptance.at
    if live is None or live.ref != change.subscription_ref:
        return True
    if change.kind == "cancel":
        return live.ends_with_period or not acceptance.capabilities.resume
    if change.kind == "resume":
        return live.cancel_at is None
    if change.kind != "swap":
        if waits(acceptance.capabilities, change.kind):
            return True
        return _is_adjusted(change, live)
    later = acceptance.effective_at is not None and acceptance.effective_at > at
    return later or change.deal is None or live.plan == change.deal.plan


def _is_adjusted(change: events.ChangeRequested, live: Subscription) -> bool:
    if change.kind == "quantity":
        return live.quantity == change.quantity
    if change.kind == "pause":
        return live.paused is not None
    if change.kind == "unpause":
        return live.paused is None
    if change.kind == "discount":
        return change.discount is None or change.discount.is_among(live.discounts)
    if change.kind == "discount_end":  # those of single items, and of the customer, stay
        return True
    ends_at = live.trial_ends_at
    return live.status != "trialing" or (change.until is not None and ends_at == change.until)


def is_overtaken(before: Account, after: Account) -> bool:
    """Somebody else changed the subscription meanwhile."""
    was, became = before.subscription, after.subscription
    named = [
        (each.ref, each.plan, each.cancel_at, each.quantity) if each else None
        for each in (was, became)
    ]
    return named[0] != named[1]


def _end_scheduled(live: Subscription, at: datetime) -> DomainEvent:
    ends_at = live.period_end or at
    status = "grace" if live.status == "active" else live.status
    ending = replace(live, status=status, cancel_at=ends_at, next_plan=None)
    return events.CancellationScheduled(timestamp=at, subscription=ending)


def _swap_scheduled(
    live: Subscription, agreed: AgreedPrice, effective_at: datetime, at: datetime
) -> list[DomainEvent]:
    if live.next_plan == agreed.plan != live.plan:
        return []
    if live.plan != agreed.plan:
        waiting = replace(live, next_plan=agreed.plan)
        return [
            events.PlanSwapScheduled(timestamp=at, subscription=waiting, effective_at=effective_at)
        ]
    if live.next_plan is not None:
        settled = replace(live, next_plan=None)
        return [events.SubscriptionAmended(timestamp=at, subscription=settled)]
    return []
