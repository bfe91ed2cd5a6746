"""Another price for our item of a running subscription: at once, or at the next cycle."""

from __future__ import annotations

from typing import Literal

import stripe

from gateways.port import (
    ActionRequired,
    ChangedByHand,
    CurrencyMismatch,
    Declined,
    GatewayRejected,
    SwapOutcome,
    Swapped,
    SwapTiming,
)
from gateways.stripe.catalogue import Catalogue
from gateways.stripe.client import StripeClient, once
from gateways.stripe.failures import wants_holder
from gateways.stripe.invoice_snapshots import is_proration
from gateways.stripe.items import offers, our_item, quantity_of
from gateways.stripe.metadata import executed, facts, has_executed, is_executed
from gateways.stripe.money import from_stripe
from gateways.stripe.phases import has_more_to_come
from gateways.stripe.planned_swaps import PlannedSwaps, interval_of
from gateways.stripe.references import reference
from gateways.stripe.snapshots import ENDED
from gateways.stripe.timestamps import to_datetime
from kernel.money import Money


class Swaps:
    """Errors of the SDK come out as they are."""

    def __init__(self, client: StripeClient) -> None:
        self._api = client.api
        self._clock = client.clock
        self._installation = client.installation
        self._planned = PlannedSwaps(client)
        self._catalogue = Catalogue(client)

    def swap(self, command_id: str, ref: str, price_ref: str, timing: SwapTiming) -> SwapOutcome:
        """`prorate` changes the item now; what is owed or credited goes on the next invoice, or on
        one that is due at once where the interval changes. A period that is not paid is not
        prorated: nothing of it is given back. `next_cycle` plans it (see `PlannedSwaps`)."""
        subscription = self._fetch(ref)
        item = our_item(subscription)
        at_once = timing == "prorate" or item.price.id == price_ref
        effective_at = (
            self._clock() if timing == "prorate" else to_datetime(item.current_period_end)
        )
        remembered = _remembered(subscription)
        if is_executed(command_id, remembered):
            return Swapped(effective_at)
        price = self._swappable(subscription, price_ref)
        if not price.active and item.price.id != price_ref:
            self._catalogue.offer(price_ref)
        if not at_once:
            self._planned.plan(command_id, subscription, item, price, remembered)
            return Swapped(effective_at)
        refused = self._swap_now(command_id, subscription, item, price_ref)
        return refused or Swapped(effective_at)

    def preview(self, ref: str, price_ref: str, timing: SwapTiming) -> Money | None:
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
                    "items": [_changed(item, price_ref)],
                    "proration_behavior": _proration(subscription),
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

    def _swap_now(
        self,
        command_id: str,
        subscription: stripe.Subscription,
        item: stripe.SubscriptionItem,
        price_ref: str,
    ) -> ActionRequired | Declined | None:
        """First so that a refusal leaves everything as it was, and with the command remembered. A
        bank that wants the card holder needs an invoice which they can confirm: only then the
        change is left pending, for which Stripe takes no metadata. It is made when that invoice is
        paid, and dropped within a day otherwise."""
        if _waits_for(subscription, price_ref):
            return _confirmation(subscription)
        self._drop_pending(subscription)
        release_schedule(self._api, subscription)
        remembered = self._installation.written(executed(command_id, _remembered(subscription)))
        if item.price.id == price_ref:  # it stays, also where it is not sold any more
            self._api.subscriptions.update(
                subscription.id, {"metadata": remembered}, once(command_id, "stay")
            )
            return None
        try:
            self._api.subscriptions.update(
                subscription.id,
                {
                    "items": [_changed(item, price_ref)],
                    "proration_behavior": _proration(subscription),
                    "payment_behavior": "error_if_incomplete",
                    "metadata": remembered,
                },
                once(command_id, "swap"),
            )
        except stripe.CardError as refusal:
            if not wants_holder(refusal):
                return Declined(subscription.id, _why(refusal))
            return self._ask_holder(command_id, subscription, item, price_ref)
        return None

    def _ask_holder(
        self,
        command_id: str,
        subscription: stripe.Subscription,
        item: stripe.SubscriptionItem,
        price_ref: str,
    ) -> ActionRequired | None:
        """None when the bank asks nothing this time."""
        changed = self._api.subscriptions.update(
            subscription.id,
            {
                "items": [_changed(item, price_ref)],
                "proration_behavior": _proration(subscription),
                "payment_behavior": "pending_if_incomplete",
                "expand": ["latest_invoice"],
            },
            once(command_id, "confirm"),
        )
        return _confirmation(changed) if changed.pending_update else None

    def _drop_pending(self, subscription: stripe.Subscription) -> None:
        """A change that was never confirmed gives way to this one."""
        invoice = subscription.latest_invoice
        if subscription.pending_update and isinstance(invoice, stripe.Invoice):
            self._api.invoices.void_invoice(invoice.id)


def release_schedule(api: stripe.V1Services, subscription: stripe.Subscription) -> None:
    schedule = reference(subscription.schedule)
    if not schedule:
        return
    try:
        api.subscription_schedules.release(schedule)
    except stripe.InvalidRequestError:
        if reference(api.subscriptions.retrieve(subscription.id).schedule):
            raise


def _changed(
    item: stripe.SubscriptionItem, price_ref: str
) -> stripe.params.SubscriptionUpdateParamsItem:
    """Without its quantity Stripe would set it to 1."""
    changed: stripe.params.SubscriptionUpdateParamsItem = {"id": item.id, "price": price_ref}
    quantity = quantity_of(item)
    if quantity is not None:
        changed["quantity"] = quantity
    return changed


def _proration(subscription: stripe.Subscription) -> Literal["create_prorations", "none"]:
    return "none" if _is_unpaid(subscription) else "create_prorations"


def _is_unpaid(subscription: stripe.Subscription) -> bool:
    """The period that runs. The invoice of a change that waits for its card holder is not its."""
    invoice = subscription.latest_invoice
    asked = isinstance(invoice, stripe.Invoice) and invoice.status not in ("paid", "void")
    return subscription.status in ("past_due", "unpaid") or (
        asked and not subscription.pending_update
    )


def _waits_for(subscription: stripe.Subscription, price_ref: str) -> bool:
    pending = subscription.pending_update
    items = (pending.subscription_items or []) if pending else []
    return any(item.price.id == price_ref for item in items)


def _confirmation(subscription: stripe.Subscription) -> ActionRequired:
    invoice = subscription.latest_invoice
    url = invoice.hosted_invoice_url if isinstance(invoice, stripe.Invoice) else None
    return ActionRequired(reference(invoice), url or "")


def _why(refusal: stripe.CardError) -> str:
    decline = getattr(refusal.error, "decline_code", None) if refusal.error else None
    return decline or refusal.code or ""


def _is_foreign(schedule: stripe.SubscriptionSchedule) -> bool:
    """People planned something in the dashboard or the portal."""
    return has_more_to_come(schedule) and not has_executed(facts(schedule.metadata))


def _remembered(subscription: stripe.Subscription) -> dict[str, str]:
    """The metadata that knows the latest commands: a schedule's while there is one."""
    schedule = subscription.schedule
    planned = facts(schedule.metadata) if isinstance(schedule, stripe.SubscriptionSchedule) else {}
    return facts(subscription.metadata) | planned
