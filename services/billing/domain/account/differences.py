"""Two views of one subscription, and the events that lie between them."""

from __future__ import annotations

from collections.abc import Iterator

from services.billing.domain.account import subscription_events as events
from services.billing.domain.account.subscription import TROUBLED, Subscription


def differences(
    before: Subscription, after: Subscription
) -> Iterator[type[events.SubscriptionEvent]]:
    """Each of them carries all of `after`."""
    if after == before:
        return
    if after.has_ended:
        if before.status == "trialing":
            yield events.TrialEnded
        yield events.SubscriptionCancelled
        return
    found = list(_named(before, after))
    yield from found or [events.SubscriptionAmended]


def _named(before: Subscription, after: Subscription) -> Iterator[type[events.SubscriptionEvent]]:
    if (after.plan, after.price_ref) != (before.plan, before.price_ref):
        yield events.PlanSwapped
    if after.next_plan not in (None, before.next_plan):
        yield events.PlanSwapScheduled
    if after.status != before.status and after.status in ("suspended", "paused"):
        yield events.SubscriptionSuspended
    elif after.status != before.status and after.status == "past_due":
        yield events.PaymentFailed
    elif before.status in TROUBLED and after.status not in TROUBLED:
        yield events.PaymentRecovered
    elif _is_paid(after) and period_began(before, after):
        yield events.SubscriptionRenewed
    yield from _beside_the_plan(before, after)
    if after.cancel_at is not None and after.cancel_at != before.cancel_at:
        yield events.CancellationScheduled
    elif before.cancel_at is not None and after.cancel_at is None:
        yield events.SubscriptionResumed


def _beside_the_plan(
    before: Subscription, after: Subscription
) -> Iterator[type[events.SubscriptionEvent]]:
    if after.quantity != before.quantity:
        yield events.QuantityChanged
    if after.paused != before.paused:
        yield events.SubscriptionPaused if after.paused else events.SubscriptionUnpaused
    if after.status == "trialing" and not _in_trial(before):
        yield events.TrialStarted
    elif before.status == "trialing" and not _in_trial(after):
        yield events.TrialEnded
    given, had = _discounts(after), _discounts(before)
    if given - had:
        yield events.DiscountApplied
    elif had - given:
        yield events.DiscountRemoved


def _is_paid(subscription: Subscription) -> bool:
    """Nothing is, while it is paused."""
    return subscription.status not in TROUBLED and subscription.paused is None


def _in_trial(subscription: Subscription) -> bool:
    """One that ends with its trial is in grace."""
    if subscription.status != "grace" or subscription.trial_ends_at is None:
        return subscription.status == "trialing"
    return subscription.trial_ends_at == subscription.period_end


def _discounts(subscription: Subscription) -> set[str]:
    return {each.ref for each in subscription.discounts}


def period_began(before: Subscription, after: Subscription) -> bool:
    """Another period is paid for: not when the present one only lasts longer, as a trial may, nor
    when a swap or a trial began one before its time."""
    if before.period_end is None or after.period_end is None:
        return False
    if after.period_end <= before.period_end:
        return False
    if before.period_start is None or after.period_start is None:
        return True
    if after.price_ref != before.price_ref or after.status == "trialing":
        return after.period_start >= before.period_end
    return after.period_start > before.period_start
