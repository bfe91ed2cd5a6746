"""Snapshots become events: the one path of webhooks, reconciliation and the sweep."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any

from gateways.port import SubscriptionSnapshot
from kernel.events import DomainEvent
from services.billing.domain.account import events
from services.billing.domain.account.agreement import agreed_price, notice_payment
from services.billing.domain.account.close_checkout import decide_close_checkout
from services.billing.domain.account.differences import differences, period_began
from services.billing.domain.account.end_unpaid import keep_paid
from services.billing.domain.account.observation import (
    Observation,
    subscription_from,
    updated_subscription,
    was_paid,
)
from services.billing.domain.account.records import REPLACED, SUPERSEDED, Orphan
from services.billing.domain.account.state import Account
from services.billing.domain.account.subscription import ENDED, AgreedPrice, Subscription
from services.billing.domain.account.supersede import confirm_cancelled, supersede


def decide_observe(
    account: Account, observation: Observation, seen: datetime | None = None
) -> list[DomainEvent]:
    """How the snapshot differs from what is known; nothing when it does not, or when a later one
    was applied: `seen` is when the latest was taken that made no event.

    What has ended does not come back. Raises PriceUnknown when no plan is known for what a new
    subscription pays.
    """
    snapshot, key = recognised(account, observation.snapshot), observation.key
    observation = replace(observation, snapshot=snapshot)
    known = account.seen.get(key)
    latest = max((time for time in (known, seen) if time is not None), default=None)
    if latest is not None and snapshot.fetched_at < latest:
        return []
    earlier = (time for time in (known, seen) if time is not None and time < snapshot.fetched_at)
    observation = observation.behind(max(earlier, default=None))
    orphan, subscription = account.orphans.get(key), account.subscription
    if orphan is not None:
        return _observe_orphan(observation, orphan)
    if subscription is not None and subscription.is_at(snapshot.gateway, snapshot.ref):
        return _observe_subscription(account, observation, subscription)
    return _observe_newcomer(account, observation) if known is None else []


def recognised(account: Account, snapshot: SubscriptionSnapshot) -> SubscriptionSnapshot:
    """With the terms of what was bought or given, of which some gateways show a name alone."""
    bought = account.checkouts.get(snapshot.command_id)
    offers = dict(account.offers_given)
    if bought is not None and bought.discount is not None:
        offers.setdefault(bought.discount.gateway_offer, bought.discount)
    discounts = tuple(
        offers[each.ref].recognised(each) if each.ref in offers else each
        for each in snapshot.discounts
    )
    return replace(snapshot, discounts=discounts)


def _observe_orphan(observation: Observation, orphan: Orphan) -> list[DomainEvent]:
    if observation.snapshot.status not in ENDED or orphan.confirmed:
        return []
    return [confirm_cancelled(orphan, observation.at)]


# --- the subscription that counts


def _observe_subscription(
    account: Account, observation: Observation, before: Subscription
) -> list[DomainEvent]:
    if before.has_ended or (before.closed and observation.snapshot.status not in ENDED):
        return []
    agreed = agreed_price(account, observation)
    silent = account.ends and not observation.capabilities.resume
    after = updated_subscription(observation, before, agreed, ends=silent)
    lost = silent and not after.has_ended and period_began(before, after)
    return [
        *(
            _event(kind, observation, before, after, after_trial=account.unpaid_trial is not None)
            for kind in differences(before, after)
        ),
        *([_cancel_again(observation, after)] if lost else []),
        *(keep_paid(account, after, observation.at) if before.overdue else []),
        *notice_payment(account, observation, after, agreed),
    ]


def _event(
    kind: type[events.SubscriptionEvent],
    observation: Observation,
    before: Subscription,
    after: Subscription,
    *,
    after_trial: bool = False,
) -> events.SubscriptionEvent:
    snapshot, facts = observation.snapshot, dict[str, Any]()
    if kind is events.PlanSwapped:
        facts["previous_plan"] = before.plan
    if kind is events.QuantityChanged:
        facts["previous_quantity"] = before.quantity
    if kind is events.PaymentFailed:
        facts["after_trial"] = after_trial
    if kind is events.PlanSwapScheduled and snapshot.planned is not None:
        facts["effective_at"] = snapshot.planned.at
    at, seen_at = observation.happened_at, snapshot.fetched_at
    return kind(timestamp=at, subscription=after, seen_at=seen_at, **facts)


def _cancel_again(observation: Observation, after: Subscription) -> events.ChangeRequested:
    """It was renewed although its cancellation had been accepted."""
    snapshot = observation.snapshot
    return events.ChangeRequested(
        timestamp=observation.at,
        command_id=f"cancel:{snapshot.ref}:{after.period_end:%Y%m%d}",
        kind="cancel",
        gateway=snapshot.gateway,
        subscription_ref=snapshot.ref,
    )


# --- one that was not known


def _observe_newcomer(account: Account, observation: Observation) -> list[DomainEvent]:
    snapshot, at = observation.snapshot, observation.at
    if snapshot.status in ("pending", "unknown"):
        return []
    if snapshot.status in ENDED and not was_paid(snapshot):
        return decide_close_checkout(account, snapshot.command_id, "failed", at)
    agreed = agreed_price(account, observation)
    newcomer = subscription_from(observation, agreed)
    if _is_meant(account, snapshot):
        return _subscribe(account, observation, newcomer, agreed)
    if newcomer.has_ended:
        return decide_close_checkout(account, snapshot.command_id, "superseded", at)
    return supersede(newcomer, _reason_against(account, newcomer), at, snapshot.fetched_at)


def _is_meant(account: Account, snapshot: SubscriptionSnapshot) -> bool:
    """The latest checkout is; a subscription of unknown origin only where there is no other.
    A plan that was assigned is none: what somebody pays for is not ended for it."""
    rank, current = account.rank_of(snapshot.command_id), account.subscription
    if current is None or rank > account.rank or (current.gateway is None and rank == 0):
        return True
    return current.has_ended and rank in (0, account.rank)


def _subscribe(
    account: Account, observation: Observation, newcomer: Subscription, agreed: AgreedPrice
) -> list[DomainEvent]:
    at, seen_at = observation.at, observation.snapshot.fetched_at
    decided: list[DomainEvent] = []
    previous = account.live
    if previous is not None:
        replaced = observation.snapshot.replaces == previous.ref
        decided += supersede(previous, REPLACED if replaced else SUPERSEDED, at)
    if newcomer.checkout_id not in account.checkouts:
        decided.append(_adopted(newcomer, at))
    began = observation.happened_at
    decided.append(events.PlanSubscribed(timestamp=began, subscription=newcomer, seen_at=seen_at))
    decided += _begun(observation, newcomer)
    if newcomer.has_ended:
        decided.append(_event(events.SubscriptionCancelled, observation, newcomer, newcomer))
    return decided + notice_payment(account, observation, newcomer, agreed)


def _begun(observation: Observation, newcomer: Subscription) -> list[DomainEvent]:
    """What it was bought with."""
    kinds: list[type[events.SubscriptionEvent]] = []
    if newcomer.status == "trialing":
        kinds.append(events.TrialStarted)
    if newcomer.discounts:
        kinds.append(events.DiscountApplied)
    return [_event(kind, observation, newcomer, newcomer) for kind in kinds]


def _adopted(newcomer: Subscription, at: datetime) -> DomainEvent:
    return events.SubscriptionAdopted(
        timestamp=at,
        gateway=newcomer.gateway or "",
        subscription_ref=newcomer.ref or "",
        customer_ref=newcomer.customer,
    )


def _reason_against(account: Account, newcomer: Subscription) -> str:
    current = account.subscription
    winner = account.checkouts.get(current.checkout_id or "") if current else None
    replaced = winner is not None and winner.replaces == newcomer.ref
    return REPLACED if replaced else SUPERSEDED
