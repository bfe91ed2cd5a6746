"""Another price for a running subscription: at once with proration, or at the next cycle."""

from __future__ import annotations

from typing import Literal

import stripe

from gateways.port import GatewayRejected, Swapped, SwapTiming
from gateways.stripe.client import StripeClient, once
from gateways.stripe.invoice_snapshots import is_proration
from gateways.stripe.metadata import as_mapping, executed, is_executed
from gateways.stripe.money import from_stripe
from gateways.stripe.snapshots import ENDED, is_ending, quantity_of, reference
from gateways.stripe.timestamps import to_datetime
from kernel.money import Money


class Swaps:
    """Errors of the SDK come out as they are."""

    def __init__(self, client: StripeClient) -> None:
        self._api = client.api
        self._clock = client.clock

    def swap(self, command_id: str, ref: str, price_ref: str, timing: SwapTiming) -> Swapped:
        """`prorate` changes the item now; what is owed or credited goes on the next invoice, or
        on one that is due at once where the interval changes: if that can't be paid nothing
        changes and GatewayRejected is raised (`error_if_incomplete`, which unlike pending
        updates can remember the command in the same request).
        `next_cycle` puts a schedule of two phases on the subscription: the price it has until
        the period ends, then the new one, after which the schedule lets go of it. The schedule
        remembers the command, and hands it to the subscription with the new price: Stripe splits
        the phases of a schedule when the subscription's own metadata is written meanwhile.
        """
        subscription = self._api.subscriptions.retrieve(ref, {"expand": ["schedule"]})
        item = subscription.items.data[0]
        effective_at = (
            self._clock() if timing == "prorate" else to_datetime(item.current_period_end)
        )
        if is_executed(command_id, _remembered(subscription)):
            return Swapped(effective_at)
        if subscription.status in ENDED:
            raise GatewayRejected("The subscription has ended.", gateway="stripe")
        if timing == "prorate" or item.price.id == price_ref:
            self._swap_now(command_id, subscription, item, price_ref)
        else:
            self._swap_at_period_end(command_id, subscription, item, price_ref)
        return Swapped(effective_at)

    def preview(self, ref: str, price_ref: str, timing: SwapTiming) -> Money | None:
        """Prorations alone where the interval stays; the whole invoice where it changes, because
        then one is due at once."""
        subscription = self._api.subscriptions.retrieve(ref)
        item = subscription.items.data[0]
        if subscription.status in ENDED:
            return None
        if timing == "next_cycle" or item.price.id == price_ref:
            return from_stripe(0, subscription.currency)
        preview = self._api.invoices.create_preview(
            {
                "subscription": ref,
                "subscription_details": {
                    "items": [{"id": item.id, "price": price_ref}],
                    "proration_behavior": "create_prorations",
                    "proration_date": int(self._clock().timestamp()),
                },
            }
        )
        if _interval(self._api.prices.retrieve(price_ref)) != _interval(item.price):
            return from_stripe(preview.total, preview.currency)
        prorated = sum(line.amount for line in preview.lines.data if is_proration(line))
        return from_stripe(prorated, preview.currency)

    def _swap_now(
        self,
        command_id: str,
        subscription: stripe.Subscription,
        item: stripe.SubscriptionItem,
        price_ref: str,
    ) -> None:
        release_schedule(self._api, subscription)
        self._api.subscriptions.update(
            subscription.id,
            {
                "items": [{"id": item.id, "price": price_ref}],
                "proration_behavior": "create_prorations",
                "payment_behavior": "error_if_incomplete",
                "metadata": executed(command_id, _remembered(subscription)),
            },
            once(command_id, "swap"),
        )

    def _swap_at_period_end(
        self,
        command_id: str,
        subscription: stripe.Subscription,
        item: stripe.SubscriptionItem,
        price_ref: str,
    ) -> None:
        if is_ending(subscription):
            raise GatewayRejected("The subscription ends before its next cycle.", gateway="stripe")
        schedule = self._schedule(command_id, subscription)
        phase = schedule.current_phase
        started: int | Literal["now"] = phase.start_date if phase else "now"
        metadata = executed(command_id, _remembered(subscription))
        quantity = quantity_of(item)
        self._api.subscription_schedules.update(
            schedule.id,
            {
                "end_behavior": "release",
                "proration_behavior": "none",
                "metadata": metadata,
                "phases": [
                    {
                        "items": [{"price": item.price.id, "quantity": quantity}],
                        "start_date": started,
                        "end_date": item.current_period_end,
                        "proration_behavior": "none",
                    },
                    {
                        "items": [{"price": price_ref, "quantity": quantity}],
                        "duration": {"interval": "month", "interval_count": 1},
                        "billing_cycle_anchor": "phase_start",  # or a yearly price is not billed
                        "metadata": metadata,
                        "proration_behavior": "none",
                    },
                ],
            },
            once(command_id, "phases"),
        )

    def _schedule(
        self, command_id: str, subscription: stripe.Subscription
    ) -> stripe.SubscriptionSchedule:
        if isinstance(subscription.schedule, stripe.SubscriptionSchedule):
            return subscription.schedule
        return self._api.subscription_schedules.create(
            {"from_subscription": subscription.id}, once(command_id, "schedule")
        )


def release_schedule(api: stripe.V1Services, subscription: stripe.Subscription) -> None:
    schedule = reference(subscription.schedule)
    if not schedule:
        return
    try:
        api.subscription_schedules.release(schedule)
    except stripe.InvalidRequestError:
        if reference(api.subscriptions.retrieve(subscription.id).schedule):
            raise


def _remembered(subscription: stripe.Subscription) -> dict[str, str]:
    """The metadata that knows the latest commands: a schedule's while there is one."""
    schedule = subscription.schedule
    planned = (
        as_mapping(schedule.metadata) if isinstance(schedule, stripe.SubscriptionSchedule) else {}
    )
    return as_mapping(subscription.metadata) | planned


def _interval(price: stripe.Price) -> tuple[str, int] | None:
    recurring = price.recurring
    return None if recurring is None else (recurring.interval, recurring.interval_count)
