"""Another price from the next period on: a schedule of two phases."""

from __future__ import annotations

from typing import Literal

import stripe

from gateways.port import GatewayRejected
from gateways.stripe.client import StripeClient, once
from gateways.stripe.item_changes import Wanted
from gateways.stripe.metadata import as_mapping, executed
from gateways.stripe.phases import Phase, carried, current, repriced
from gateways.stripe.snapshots import ends_with_period


class PlannedSwaps:
    """The first phase is the present one as it is, the second the same with another price for our
    item; then the schedule lets go of the subscription. The schedule remembers the command, and
    hands it to the subscription with the new price: Stripe splits the phases of a schedule when
    the subscription's own metadata is written meanwhile. Errors of the SDK come out as they are."""

    def __init__(self, client: StripeClient) -> None:
        self._api = client.api
        self._clock = client.clock
        self._installation = client.installation

    def plan(
        self,
        command_id: str,
        subscription: stripe.Subscription,
        wanted: Wanted,
        price: stripe.Price,
        remembered: dict[str, str],
    ) -> None:
        item = wanted.item
        if ends_with_period(subscription, item):
            raise GatewayRejected("The subscription ends before its next cycle.", gateway="stripe")
        schedule = self._schedule(command_id, subscription)
        metadata = self._installation.written(executed(command_id, remembered))
        coming = _coming(schedule, wanted, price, metadata)
        if subscription.cancel_at is None:
            coming["duration"] = {"interval": "month", "interval_count": 1}
        else:  # a fixed term stays one
            coming["end_date"] = subscription.cancel_at
        self._api.subscription_schedules.update(
            schedule.id,
            {
                "end_behavior": "release" if subscription.cancel_at is None else "cancel",
                "proration_behavior": "none",
                "metadata": metadata,
                "phases": [self._present(schedule, item), coming],
            },
            once(command_id, "phases"),
        )

    def _present(
        self, schedule: stripe.SubscriptionSchedule, item: stripe.SubscriptionItem
    ) -> Phase:
        phase = current(schedule)
        present: Phase = {
            **carried(phase),
            "start_date": phase.start_date,
            "end_date": item.current_period_end,
            "proration_behavior": "none",
        }
        if phase.trial_end is not None and phase.trial_end > self._clock().timestamp():
            present["trial_end"] = phase.trial_end
        return present

    def _schedule(
        self, command_id: str, subscription: stripe.Subscription
    ) -> stripe.SubscriptionSchedule:
        if isinstance(subscription.schedule, stripe.SubscriptionSchedule):
            return subscription.schedule
        return self._api.subscription_schedules.create(
            {"from_subscription": subscription.id}, once(command_id, "schedule")
        )


def _coming(
    schedule: stripe.SubscriptionSchedule,
    wanted: Wanted,
    price: stripe.Price,
    metadata: dict[str, str],
) -> Phase:
    phase, item = current(schedule), wanted.item
    coming: Phase = {
        **repriced(carried(phase), item.price.id, price.id, wanted.quantity),
        "metadata": {**as_mapping(phase.metadata), **metadata},
        "proration_behavior": "none",
    }
    if interval_of(price) != interval_of(item.price):
        anchor: Literal["phase_start"] = "phase_start"  # or the new interval is not billed
        coming["billing_cycle_anchor"] = anchor
    return coming


def interval_of(price: stripe.Price) -> tuple[str, int] | None:
    recurring = price.recurring
    return None if recurring is None else (recurring.interval, recurring.interval_count)
