"""When an account has to be looked at again although nobody asks."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from services.billing.domain.account.checkout import Checkout
from services.billing.domain.account.local_trial import is_local_trial, tells_end_at
from services.billing.domain.account.state import Account
from services.billing.domain.account.subscription import Subscription

SOON = timedelta(seconds=30)
SLOWEST = timedelta(hours=6)
DAILY = timedelta(days=1)
MARGIN = timedelta(minutes=2)
# A page that its gateway can't close is watched for as long as anybody could still pay it.
PAGE_HORIZON = timedelta(days=14)
# Until then a gateway that does not know a subscription may have been asked with a wrong key.
GONE_AFTER = timedelta(days=1)
# What was billed before a subscription was superseded may be paid afterwards.
PAYMENT_HORIZON = timedelta(days=35)
# Payers may dispute for about that long; of longer ago a gateway tells by webhook only.
DISPUTE_HORIZON = timedelta(days=180)


def next_check(account: Account, at: datetime) -> datetime | None:
    """The soonest of all reasons; None when nothing can change by itself."""
    return min(_reasons(account, at), default=None)


def is_unsettled(account: Account) -> bool:
    """Something that is not wanted is still to be ended or given back."""
    return bool(account.refunds_due) or not all(each.confirmed for each in account.orphans.values())


def _reasons(account: Account, at: datetime) -> Iterator[datetime]:
    if account.change is not None:
        yield at + _patience(account.change.timestamp, at)
    for orphan in account.orphans.values():
        if not orphan.confirmed:
            yield at + _patience(orphan.since, at)
        elif orphan.may_be_refunded and at - orphan.since < PAYMENT_HORIZON:
            yield at + DAILY
    for due in account.refunds_due:
        yield at + _patience(due.timestamp, at)
    for checkout in account.checkouts.values():
        if checkout.may_be_paid:
            yield _after_checkout(checkout, at)
    tells_at = tells_end_at(account)
    if tells_at is not None:
        yield max(tells_at, at + SOON)
    current = account.subscription
    if current is not None and current.gateway is not None:
        yield from _after_subscription(current, at)
    elif current is not None and is_local_trial(current) and current.trial_ends_at is not None:
        yield max(current.trial_ends_at, at + SOON)


def _patience(since: datetime, at: datetime) -> timedelta:
    """The longer it has lasted, the longer the next pause."""
    return min(max((at - since) / 2, SOON), SLOWEST)


def _after_checkout(checkout: Checkout, at: datetime) -> datetime:
    pause = at + _patience(checkout.started_at, at)
    if checkout.expires_at is not None and at < checkout.expires_at < pause:
        return checkout.expires_at + MARGIN
    return pause


def _after_subscription(subscription: Subscription, at: datetime) -> Iterator[datetime]:
    """Daily, because a gateway may lose a notification, and when a period is over."""
    if subscription.has_ended:
        return
    resumes_at = subscription.paused.resumes_at if subscription.paused is not None else None
    if resumes_at is not None:
        yield max(resumes_at, at + SOON)
    boundary = subscription.cancel_at or subscription.period_end
    if subscription.closed and boundary is not None:
        yield max(boundary, at + SOON)
    elif boundary is not None and boundary <= at:
        yield at + _patience(boundary, at)
    else:
        yield min(at + DAILY, boundary + MARGIN if boundary is not None else at + DAILY)
