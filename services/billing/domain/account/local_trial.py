"""The end of a trial is told. One without a card, which no gateway knows of, is ended by us."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from kernel.events import DomainEvent
from services.billing.domain.account import events
from services.billing.domain.account.state import Account
from services.billing.domain.account.subscription import Subscription

TOLD_BEFORE = timedelta(days=3)


def begins(account: Account, checkout: events.CheckoutStarted) -> list[DomainEvent]:
    """At once, with the checkout that asks for it. Nothing where something is paid for, or where
    the trial was had: then the gateway's page is next."""
    if checkout.trial is None or checkout.trial.needs_card or account.live is not None:
        return []
    at, agreed = checkout.timestamp, checkout.deal
    trial = Subscription(
        plan=agreed.plan,
        status="trialing",
        price=agreed.price,
        quantity=checkout.quantity,
        started_at=at,
        checkout_id=checkout.checkout_id,
        trial_ends_at=at + timedelta(days=checkout.trial.days),
    )
    return [
        events.PlanSubscribed(timestamp=at, subscription=trial),
        events.TrialStarted(timestamp=at, subscription=trial),
    ]


def is_held(account: Account, checkout_id: str, family: str) -> bool:
    """A trial of the family was had, or may still come of that checkout."""
    checkout = account.checkouts.get(checkout_id)
    open_page = checkout is not None and checkout.trial is not None and checkout.may_be_paid
    return open_page or family in account.trials


def tells_end_at(account: Account) -> datetime | None:
    """When the end of a trial is to be told; None where none runs, or it was."""
    current = account.subscription
    if current is None or current.status != "trialing" or current.trial_ends_at is None:
        return None
    if current.trial_ends_at == account.trial_end_told:
        return None
    return current.trial_ends_at - TOLD_BEFORE


def decide_tell_trial_end(account: Account, at: datetime) -> list[DomainEvent]:
    """Also of a trial that no gateway knows of. Nothing once it is over."""
    current, due = account.subscription, tells_end_at(account)
    if current is None or due is None or not due <= at < due + TOLD_BEFORE:
        return []
    return [events.TrialEnding(timestamp=at, subscription=current)]


def decide_end_local_trial(account: Account, at: datetime) -> list[DomainEvent]:
    """When its time is over."""
    trial = account.subscription
    if trial is None or not is_local_trial(trial):
        return []
    ends_at = trial.trial_ends_at
    if ends_at is None or ends_at > at:
        return []
    ended = replace(trial, status="expired", ended_at=ends_at, closed=True)
    return [
        events.TrialEnded(timestamp=at, subscription=ended),
        events.SubscriptionCancelled(timestamp=at, subscription=ended),
    ]


def is_local_trial(subscription: Subscription) -> bool:
    return subscription.gateway is None and subscription.status == "trialing"
