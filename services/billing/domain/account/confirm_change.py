"""The gateway answered a change that was asked of it: accepted or refused."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from gateways.port import Capabilities
from kernel.events import DomainEvent
from services.billing.domain.account import events
from services.billing.domain.account.state import Account
from services.billing.domain.account.subscription import AgreedPrice, Subscription


def decide_confirm_change(
    account: Account,
    command_id: str,
    capabilities: Capabilities,
    effective_at: datetime | None,
    at: datetime,
) -> list[DomainEvent]:
    """What the gateway shows since it accepted was observed. Adds what it does not show: a
    cancellation that some keep to themselves, a swap that is still to come."""
    change, live = account.change, account.live
    if change is None or change.command_id != command_id:
        return []
    decided: list[DomainEvent] = [events.ChangeConfirmed(timestamp=at, command_id=command_id)]
    if live is None or live.ref != change.subscription_ref:
        return decided
    if change.kind == "cancel" and live.cancel_at is None and not capabilities.resume:
        decided.append(_end_scheduled(live, at))
    if change.kind == "swap" and change.deal is not None:
        decided += _swap_scheduled(live, change.deal, effective_at or at, at)
    return decided


def decide_refuse_change(
    account: Account, command_id: str, reason: str, at: datetime
) -> list[DomainEvent]:
    if account.change is None or account.change.command_id != command_id:
        return []
    return [events.ChangeRefused(timestamp=at, command_id=command_id, reason=reason)]


def _end_scheduled(live: Subscription, at: datetime) -> DomainEvent:
    ends_at = live.period_end or at
    status = "grace" if live.status == "active" else live.status
    ending = replace(live, status=status, cancel_at=ends_at, next_plan=None)
    return events.CancellationScheduled(timestamp=at, subscription=ending)


def _swap_scheduled(
    live: Subscription, agreed: AgreedPrice, effective_at: datetime, at: datetime
) -> list[DomainEvent]:
    if live.plan != agreed.plan:
        waiting = replace(live, next_plan=agreed.plan)
        return [
            events.PlanSwapScheduled(timestamp=at, subscription=waiting, effective_at=effective_at)
        ]
    if live.next_plan is not None:
        settled = replace(live, next_plan=None)
        return [events.SubscriptionAmended(timestamp=at, subscription=settled)]
    return []
