"""Subscription schedules: what is planned, and by whom."""

from __future__ import annotations

import stripe

from gateways.port import PlannedChange
from gateways.stripe.metadata import facts, has_executed
from gateways.stripe.references import reference
from gateways.stripe.timestamps import to_datetime


def planned_change(
    subscription: stripe.Subscription, item: stripe.SubscriptionItem
) -> PlannedChange | None:
    """The next phase that charges another price for our item: the one item that the present
    phase does not have, where there are several."""
    schedule = subscription.schedule
    if not isinstance(schedule, stripe.SubscriptionSchedule) or schedule.current_phase is None:
        return None
    begun = schedule.current_phase.start_date
    kept = {each.price.id for each in subscription.items.data}
    for phase in schedule.phases:
        prices = [reference(each.price) for each in phase.items]
        changed = [price for price in prices if price not in kept]
        if phase.start_date > begun and changed and item.price.id not in prices:
            ours = has_executed(facts(schedule.metadata))
            return PlannedChange(to_datetime(phase.start_date), changed[0], ours)
    return None
