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
    elif after.status not in TROUBLED and period_began(before, after):
        yield events.SubscriptionRenewed
    if after.cancel_at is not None and after.cancel_at != before.cancel_at:
        yield events.CancellationScheduled
    elif before.cancel_at is not None and after.cancel_at is None:
        yield events.SubscriptionResumed


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
