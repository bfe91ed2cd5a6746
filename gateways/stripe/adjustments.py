"""Quantity, discounts, trial and pause of a running subscription."""

from __future__ import annotations

from datetime import datetime

import stripe

from gateways.port import (
    ChangedByHand,
    Coupon,
    Declined,
    GatewayRejected,
    SwapOutcome,
    Swapped,
)
from gateways.stripe.client import StripeClient, once, translates_errors
from gateways.stripe.coupons import Coupons
from gateways.stripe.invoice_snapshots import is_proration
from gateways.stripe.item_changes import (
    ItemChanges,
    Wanted,
    decline_of,
    proration_of,
    remembered_of,
)
from gateways.stripe.items import our_item
from gateways.stripe.metadata import PAUSED, executed, is_executed
from gateways.stripe.money import from_stripe
from gateways.stripe.phases import has_more_to_come
from gateways.stripe.snapshots import ENDED, pause_mark
from kernel.money import Money

# What the phases of a schedule say, too.
_PLANNED = frozenset({"discounts", "trial_end"})


class Adjustments:
    def __init__(self, client: StripeClient) -> None:
        self.client = client
        self._api = client.api
        self._clock = client.clock
        self._installation = client.installation
        self._items = ItemChanges(client)
        self._coupons = Coupons(client)

    @translates_errors
    def set_quantity(self, command_id: str, ref: str, quantity: int) -> SwapOutcome:
        subscription = self._living(ref)
        if is_executed(command_id, remembered_of(subscription)):
            return Swapped(self._clock())
        _require_nothing_planned(subscription)
        item = our_item(subscription)
        refused = self._items.change(
            command_id, subscription, Wanted(item, item.price.id, quantity)
        )
        return refused or Swapped(self._clock())

    @translates_errors
    def preview_quantity(self, ref: str, quantity: int) -> Money | None:
        subscription = self._living(ref)
        item = our_item(subscription)
        preview = self._api.invoices.create_preview(
            {
                "subscription": ref,
                "subscription_details": {
                    "items": [Wanted(item, item.price.id, quantity).as_params()],
                    "proration_behavior": proration_of(subscription),
                    "proration_date": int(self._clock().timestamp()),
                },
            }
        )
        added = sum(line.amount for line in preview.lines.data if is_proration(line))
        return from_stripe(added, preview.currency)

    @translates_errors
    def pause(self, command_id: str, ref: str, resumes_at: datetime | None) -> None:
        """Its invoices are void meanwhile. The mark tells it from a pause of collection that
        people make in the dashboard, during which a subscription goes on."""
        until = int(resumes_at.timestamp()) if resumes_at is not None else None
        pause: stripe.params.SubscriptionUpdateParamsPauseCollection = {"behavior": "void"}
        if until is not None:
            pause["resumes_at"] = until
        self._update(command_id, ref, {"pause_collection": pause}, **{PAUSED: pause_mark(until)})

    @translates_errors
    def unpause(self, command_id: str, ref: str) -> None:
        self._update(command_id, ref, {"pause_collection": ""}, **{PAUSED: ""})

    @translates_errors
    def give_discount(self, command_id: str, ref: str, coupon: Coupon) -> None:
        """A coupon that is sent is a new discount, so that its months begin now."""
        made = self._coupons.made(coupon)
        self._update(command_id, ref, {"discounts": [{"coupon": made}]})

    @translates_errors
    def end_discounts(self, command_id: str, ref: str) -> None:
        self._update(command_id, ref, {"discounts": ""})

    @translates_errors
    def end_trial(self, command_id: str, ref: str, ends_at: datetime | None) -> SwapOutcome:
        """What ends now is invoiced now, and nothing changes where that can't be paid."""
        change: stripe.params.SubscriptionUpdateParams = {
            "trial_end": "now" if ends_at is None else int(ends_at.timestamp()),
            "proration_behavior": "none",
            "payment_behavior": "error_if_incomplete",
        }
        try:
            self._update(command_id, ref, change)
        except stripe.CardError as refusal:
            return Declined(ref, decline_of(refusal))
        return Swapped(ends_at or self._clock())

    def _update(
        self,
        command_id: str,
        ref: str,
        change: stripe.params.SubscriptionUpdateParams,
        **marks: str,
    ) -> None:
        subscription = self._living(ref)
        remembered = remembered_of(subscription)
        if is_executed(command_id, remembered):
            return
        if not change.keys().isdisjoint(_PLANNED):
            _require_nothing_planned(subscription)
        metadata = self._installation.written({**executed(command_id, remembered), **marks})
        self._api.subscriptions.update(
            ref, {**change, "metadata": metadata}, once(command_id, "adjust")
        )

    def _living(self, ref: str) -> stripe.Subscription:
        found = self._api.subscriptions.retrieve(ref, {"expand": ["schedule", "latest_invoice"]})
        if found.status in ENDED:
            raise GatewayRejected("The subscription has ended.", gateway="stripe")
        return found


def _require_nothing_planned(subscription: stripe.Subscription) -> None:
    """A phase that is to come would bring back what was when it was planned. Raises
    ChangedByHand."""
    schedule = subscription.schedule
    if isinstance(schedule, stripe.SubscriptionSchedule) and has_more_to_come(schedule):
        raise ChangedByHand(gateway="stripe", schedule=schedule.id)
