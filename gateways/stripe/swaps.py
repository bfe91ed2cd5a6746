"""Another price for our item of a running subscription: at once, or at the next cycle."""

from __future__ import annotations

import stripe

from gateways.port import (
    ChangedByHand,
    CurrencyMismatch,
    GatewayRejected,
    SwapOutcome,
    Swapped,
    SwapTiming,
)
from gateways.stripe.catalogue import Catalogue
from gateways.stripe.client import StripeClient
from gateways.stripe.invoice_snapshots import is_proration
from gateways.stripe.item_changes import (
    ItemChanges,
    Wanted,
    proration_of,
    remembered_of,
)
from gateways.stripe.items import offers, our_item
from gateways.stripe.metadata import facts, has_executed, is_executed
from gateways.stripe.money import from_stripe
from gateways.stripe.phases import has_more_to_come
from gateways.stripe.planned_swaps import PlannedSwaps, interval_of
from gateways.stripe.snapshots import ENDED
from gateways.stripe.timestamps import to_datetime
from kernel.money import Money


class Swaps:
    """Errors of the SDK come out as they are."""

    def __init__(self, client: StripeClient) -> None:
        self._api = client.api
        self._clock = client.clock
        self._planned = PlannedSwaps(client)
        self._catalogue = Catalogue(client)
        self._items = ItemChanges(client)

    def swap(
        self, command_id: str, ref: str, price_ref: str, timing: SwapTiming, quantity: int | None
    ) -> SwapOutcome:
        """`prorate` changes the item now; what is owed or credited goes on the next invoice, or on
        one that is due at once where the interval changes. A period that is not paid is not
        prorated: nothing of it is given back. `next_cycle` plans it (see `PlannedSwaps`)."""
        subscription = self._fetch(ref)
        item = our_item(subscription)
        at_once = timing == "prorate" or item.price.id == price_ref
        effective_at = (
            self._clock() if timing == "prorate" else to_datetime(item.current_period_end)
        )
        remembered = remembered_of(subscription)
        if is_executed(command_id, remembered):
            return Swapped(effective_at)
        price = self._swappable(subscription, price_ref)
        if not price.active and item.price.id != price_ref:
            self._catalogue.offer(price_ref)
        if not at_once:
            wanted = Wanted(item, price_ref, quantity)
            self._planned.plan(command_id, subscription, wanted, price, remembered)
            return Swapped(effective_at)
        refused = self._items.change(command_id, subscription, Wanted(item, price_ref, quantity))
        return refused or Swapped(effective_at)

    def preview(
        self, ref: str, price_ref: str, timing: SwapTiming, quantity: int | None
    ) -> Money | None:
        """Prorations alone where the interval stays; the whole invoice where it changes, because
        then one is due at once."""
        subscription = self._fetch(ref)
        item = our_item(subscription)
        if subscription.status in ENDED:
            return None
        price = self._swappable(subscription, price_ref)
        if timing == "next_cycle" or item.price.id == price_ref:
            return from_stripe(0, subscription.currency)
        preview = self._api.invoices.create_preview(
            {
                "subscription": ref,
                "subscription_details": {
                    "items": [Wanted(item, price_ref, quantity).as_params()],
                    "proration_behavior": proration_of(subscription),
                    "proration_date": int(self._clock().timestamp()),
                },
            }
        )
        if interval_of(price) != interval_of(item.price):
            return from_stripe(preview.total, preview.currency)
        prorated = sum(line.amount for line in preview.lines.data if is_proration(line))
        return from_stripe(prorated, preview.currency)

    def _fetch(self, ref: str) -> stripe.Subscription:
        return self._api.subscriptions.retrieve(ref, {"expand": ["schedule", "latest_invoice"]})

    def _swappable(self, subscription: stripe.Subscription, price_ref: str) -> stripe.Price:
        if subscription.status in ENDED:
            raise GatewayRejected("The subscription has ended.", gateway="stripe")
        price = self._api.prices.retrieve(price_ref, {"expand": ["currency_options"]})
        if not offers(price, subscription.currency):
            raise CurrencyMismatch(gateway="stripe", currency=subscription.currency.upper())
        schedule = subscription.schedule
        if isinstance(schedule, stripe.SubscriptionSchedule) and _is_foreign(schedule):
            raise ChangedByHand(gateway="stripe", schedule=schedule.id)
        return price


def _is_foreign(schedule: stripe.SubscriptionSchedule) -> bool:
    """People planned something in the dashboard or the portal."""
    return has_more_to_come(schedule) and not has_executed(facts(schedule.metadata))
