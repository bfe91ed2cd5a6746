"""Subscriptions. The checkout is one that nobody has authorised yet, shown on a page of ours."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Final

from gateways.port import (
    Checkout,
    CheckoutRequest,
    CheckoutSnapshot,
    CheckoutStatus,
    GatewayRejected,
    GatewayUnavailable,
    Interval,
    Invoice,
    Status,
    SubscriptionSnapshot,
)
from gateways.razorpay.client import Json, RazorpayClient, asked, moment, money, pages, text
from gateways.razorpay.notes import OurNotes
from gateways.razorpay.plans import Plans
from kernel.clock import Clock
from kernel.money import Money

# Razorpay wants an end: at most 100 years, of which UPI and e-mandates take 30.
_CYCLES: Final[dict[Interval, int]] = {"month": 360, "year": 30}
# By default a page stays open for 30 years.
_OPEN = timedelta(hours=24)
# A command is repeated by its caller within this time; later its page has long expired unpaid, or
# was paid and is known.
_LOOK_BACK = timedelta(days=7)
_ENDED = frozenset({"cancelled", "completed", "expired"})
_STATUS: Final[dict[str, Status]] = {
    "created": "pending",
    "authenticated": "pending",
    "active": "active",
    "pending": "past_due",
    "halted": "suspended",
    "paused": "paused",
    "cancelled": "cancelled",
    "completed": "expired",
    "expired": "expired",
}


class Subscriptions:
    def __init__(self, client: RazorpayClient, plans: Plans, clock: Clock, public_url: str) -> None:
        self._client = client
        self._plans = plans
        self._clock = clock
        self._public_url = public_url

    def start(self, request: CheckoutRequest) -> Checkout:
        """Looks before it creates, because Razorpay takes no idempotency key. Two attempts of one
        command at the very same time could open two pages: the caller runs a command once at a
        time."""
        subscription = self._made_by(request.command_id, request.price_ref)
        if subscription is None:
            create = self._client.sdk.subscription.create
            subscription = asked(create, self._body(request))
        ref = text(subscription, "id")
        url = f"{self._public_url}/razorpay/checkout/{ref}"
        return Checkout(ref, url, moment(subscription.get("expire_by")))

    def get(self, ref: str) -> Json:
        return asked(self._client.sdk.subscription.fetch, ref)

    def fetch_checkout(self, ref: str) -> CheckoutSnapshot:
        status = checkout_status(self.get(ref))
        return CheckoutSnapshot(ref, status, subscription=ref if status == "complete" else None)

    def fetch(self, ref: str) -> SubscriptionSnapshot:
        fetched_at = self._clock()
        return self._snapshot(self.get(ref), fetched_at)

    def all(self) -> Iterator[SubscriptionSnapshot]:
        for subscription in pages(self._client.sdk.subscription.all, {}):
            yield self._snapshot(subscription, self._clock())

    def cancel(self, ref: str, *, at_period_end: bool) -> None:
        """What has ended already stays so."""
        cancel = self._client.sdk.subscription.cancel
        try:
            asked(cancel, ref, {"cancel_at_cycle_end": at_period_end})
        except GatewayRejected:
            if self.get(ref).get("status") not in _ENDED:
                raise

    def invoices(self, customer: str | None, subscription: str | None) -> Sequence[Invoice]:
        # One filter only: the subscription's is the narrower one.
        filters = {"subscription_id": subscription} if subscription else {"customer_id": customer}
        if not any(filters.values()):
            return []
        found = pages(self._client.sdk.invoice.all, filters)
        return sorted(map(_invoice, found), key=lambda invoice: invoice.date, reverse=True)

    def _made_by(self, command_id: str, price_ref: str) -> Json | None:
        since = int((self._clock() - _LOOK_BACK).timestamp())
        filters = {"plan_id": price_ref, "from": since}
        for subscription in pages(self._client.sdk.subscription.all, filters):
            if OurNotes.unpacked(subscription.get("notes")).command_id == command_id:
                return subscription
        return None

    def _body(self, request: CheckoutRequest) -> Json:
        notes = OurNotes(
            request.command_id,
            request.workspace_id,
            request.replaces,
            request.success_url,
            request.cancel_url,
        )
        return {
            "plan_id": request.price_ref,
            "total_count": _CYCLES[request.plan.interval],
            "quantity": 1,
            "customer_notify": False,
            "expire_by": int((self._clock() + _OPEN).timestamp()),
            "notes": notes.packed(),
        }

    def _snapshot(self, subscription: Json, fetched_at: datetime) -> SubscriptionSnapshot:
        terms = self._plans.terms(text(subscription, "plan_id"))
        notes = OurNotes.unpacked(subscription.get("notes"))
        quantity = subscription.get("quantity") or 1
        return SubscriptionSnapshot(
            gateway="razorpay",
            ref=text(subscription, "id"),
            status=_status(subscription, fetched_at),
            raw_status=str(subscription.get("status", "")),
            fetched_at=fetched_at,
            workspace_id=notes.workspace_id,
            command_id=notes.command_id,
            replaces=notes.replaces,
            price_ref=text(subscription, "plan_id"),
            price=Money(terms.price.amount * quantity, terms.price.currency),
            interval=terms.interval,
            started_at=moment(subscription.get("start_at")),
            period_start=moment(subscription.get("current_start")),
            period_end=moment(subscription.get("current_end")),
            ended_at=moment(subscription.get("ended_at")),
            customer=subscription.get("customer_id"),
        )


def checkout_status(subscription: Json) -> CheckoutStatus:
    status = subscription.get("status")
    if status == "created":
        return "open"
    return "expired" if status in _ENDED and not subscription.get("paid_count") else "complete"


def _status(subscription: Json, now: datetime) -> Status:
    """A cancellation at the end of the cycle does not show: Razorpay has no field for it."""
    raw = str(subscription.get("status"))
    start = moment(subscription.get("start_at"))
    if raw == "authenticated" and start is not None and start > now:
        return "trialing"
    return _STATUS.get(raw, "unknown")


def _invoice(invoice: Json) -> Invoice:
    paid_at = moment(invoice.get("paid_at")) or moment(invoice.get("issued_at"))
    date = paid_at or moment(invoice.get("created_at"))
    if date is None:
        raise GatewayUnavailable(gateway="razorpay", reason="an invoice without a date")
    return Invoice(
        number=str(invoice.get("invoice_number") or text(invoice, "id")),
        date=date,
        amount=money(invoice.get("amount"), invoice.get("currency")),
        status=str(invoice.get("status", "")),
        url=invoice.get("short_url"),
        charge=invoice.get("payment_id"),
    )
