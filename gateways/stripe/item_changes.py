"""Our item of a running subscription becomes another at once: its price or its quantity."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import stripe

from gateways.port import ActionRequired, Declined
from gateways.stripe.client import StripeClient, once
from gateways.stripe.failures import wants_holder
from gateways.stripe.items import quantity_of
from gateways.stripe.metadata import executed, facts
from gateways.stripe.references import reference


@dataclass(frozen=True, slots=True)
class Wanted:
    """What `item` is to be; without a `quantity` it keeps its own."""

    item: stripe.SubscriptionItem
    price: str
    quantity: int | None = None

    @property
    def units(self) -> int | None:
        """None where the price is by use."""
        return quantity_of(self.item) if self.quantity is None else self.quantity

    @property
    def is_there(self) -> bool:
        return self.is_shown_by(self.item)

    def is_shown_by(self, item: stripe.SubscriptionItem) -> bool:
        return (item.price.id, quantity_of(item)) == (self.price, self.units)

    def as_params(self) -> stripe.params.SubscriptionUpdateParamsItem:
        """Without its quantity Stripe would set it to 1."""
        changed: stripe.params.SubscriptionUpdateParamsItem = {
            "id": self.item.id,
            "price": self.price,
        }
        if self.units is not None:
            changed["quantity"] = self.units
        return changed


class ItemChanges:
    """Errors of the SDK come out as they are."""

    def __init__(self, client: StripeClient) -> None:
        self._api = client.api
        self._installation = client.installation

    def change(
        self,
        command_id: str,
        subscription: stripe.Subscription,
        wanted: Wanted,
    ) -> ActionRequired | Declined | None:
        """First so that a refusal leaves everything as it was, and with the command remembered. A
        bank that wants the card holder needs an invoice which they can confirm: only then the
        change is left pending, for which Stripe takes no metadata. It is made when that invoice is
        paid, and dropped within a day otherwise."""
        if _waits_for(subscription, wanted):
            return _confirmation(subscription)
        self._drop_pending(subscription)
        release_schedule(self._api, subscription)
        remembered = self._installation.written(executed(command_id, remembered_of(subscription)))
        if wanted.is_there:  # it stays, also where it is not sold any more
            self._api.subscriptions.update(
                subscription.id, {"metadata": remembered}, once(command_id, "stay")
            )
            return None
        try:
            self._api.subscriptions.update(
                subscription.id,
                {
                    "items": [wanted.as_params()],
                    "proration_behavior": proration_of(subscription),
                    "payment_behavior": "error_if_incomplete",
                    "metadata": remembered,
                },
                once(command_id, "swap"),
            )
        except stripe.CardError as refusal:
            if not wants_holder(refusal):
                return Declined(subscription.id, decline_of(refusal))
            return self._ask_holder(command_id, subscription, wanted)
        return None

    def _ask_holder(
        self,
        command_id: str,
        subscription: stripe.Subscription,
        wanted: Wanted,
    ) -> ActionRequired | None:
        """None when the bank asks nothing this time."""
        changed = self._api.subscriptions.update(
            subscription.id,
            {
                "items": [wanted.as_params()],
                "proration_behavior": proration_of(subscription),
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


def proration_of(subscription: stripe.Subscription) -> Literal["create_prorations", "none"]:
    return "none" if _is_unpaid(subscription) else "create_prorations"


def _is_unpaid(subscription: stripe.Subscription) -> bool:
    """The period that runs. The invoice of a change that waits for its card holder is not its."""
    invoice = subscription.latest_invoice
    asked = isinstance(invoice, stripe.Invoice) and invoice.status not in ("paid", "void")
    return subscription.status in ("past_due", "unpaid") or (
        asked and not subscription.pending_update
    )


def _waits_for(subscription: stripe.Subscription, wanted: Wanted) -> bool:
    pending = subscription.pending_update
    items = (pending.subscription_items or []) if pending else []
    return any(wanted.is_shown_by(item) for item in items)


def _confirmation(subscription: stripe.Subscription) -> ActionRequired:
    invoice = subscription.latest_invoice
    url = invoice.hosted_invoice_url if isinstance(invoice, stripe.Invoice) else None
    return ActionRequired(reference(invoice), url or "")


def decline_of(refusal: stripe.CardError) -> str:
    decline = getattr(refusal.error, "decline_code", None) if refusal.error else None
    return decline or refusal.code or ""


def remembered_of(subscription: stripe.Subscription) -> dict[str, str]:
    """The metadata that knows the latest commands: a schedule's while there is one."""
    schedule = subscription.schedule
    planned = facts(schedule.metadata) if isinstance(schedule, stripe.SubscriptionSchedule) else {}
    return facts(subscription.metadata) | planned
