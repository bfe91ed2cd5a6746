"""Checkouts: a subscription that nobody has authorised yet, shown on a page of ours, or a payment
link, whose page is Razorpay's."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from gateways.port import (
    Checkout,
    CheckoutRequest,
    CheckoutSnapshot,
    GatewayRejected,
    Interval,
    PaymentRequest,
    ReferenceNotFound,
)
from gateways.razorpay.charges import link_status
from gateways.razorpay.client import Json, RazorpayClient, every_item, send, text
from gateways.razorpay.metadata import OurNotes
from gateways.razorpay.payment_links import LINK_PREFIX, fetch_link, link_of, reference_id
from gateways.razorpay.snapshots import checkout_status
from gateways.razorpay.timestamps import to_datetime
from gateways.return_url import without_placeholder

# Razorpay wants an end: at most 100 years, of which UPI and e-mandates take 30.
_CYCLES: Final[dict[Interval, int]] = {"month": 360, "year": 30}
# By default a page stays open for 30 years.
_OPEN = timedelta(hours=24)
_BEFORE_START = timedelta(hours=1)
# A command is repeated by its caller within this time; later its page has long expired unpaid, or
# was paid and is known.
_LOOK_BACK = timedelta(days=7)


class Checkouts:
    """`public_url` is where `checkout_pages` is served."""

    def __init__(self, client: RazorpayClient, public_url: str) -> None:
        self._client = client
        self._public_url = public_url

    def start(self, request: CheckoutRequest) -> Checkout:
        """Looks before it creates, because Razorpay takes no idempotency key. Two attempts of one
        command at the very same time could open two pages: the caller runs a command once at a
        time."""
        subscription = self._made_by(request.command_id, request.price_ref)
        if subscription is None:
            create = self._client.sdk.subscription.create
            subscription = send(create, self._subscription_body(request))
        ref = text(subscription, "id")
        url = checkout_url(self._public_url, ref)
        return Checkout(ref, url, to_datetime(subscription.get("expire_by")))

    def start_payment(self, request: PaymentRequest) -> Checkout:
        """`reference_id` is unique at Razorpay, so that even two attempts at once make one link.
        There is no address for a payer who gives up: the page stays open."""
        link = link_of(self._client, request.command_id)
        if link is None:
            link = self._create_link(request)
        return Checkout(
            text(link, "id"), text(link, "short_url"), to_datetime(link.get("expire_by"))
        )

    def fetch(self, ref: str) -> CheckoutSnapshot:
        if ref.startswith(LINK_PREFIX):
            return self._of_link(ref)
        return self._of_subscription(ref)

    def abandon(self, ref: str) -> None:
        try:
            if ref.startswith(LINK_PREFIX):
                send(self._client.sdk.payment_link.cancel, ref)
            elif self._of_subscription(ref).status == "open":
                send(self._client.sdk.subscription.cancel, ref, {"cancel_at_cycle_end": False})
        except (GatewayRejected, ReferenceNotFound):
            return

    def _of_subscription(self, ref: str) -> CheckoutSnapshot:
        status = checkout_status(send(self._client.sdk.subscription.fetch, ref))
        return CheckoutSnapshot(ref, status, subscription=ref if status == "complete" else None)

    def _of_link(self, ref: str) -> CheckoutSnapshot:
        status = link_status(fetch_link(self._client, ref))
        if status == "succeeded":
            return CheckoutSnapshot(ref, "complete", charge=ref)
        return CheckoutSnapshot(ref, "open" if status == "pending" else "expired")

    def _made_by(self, command_id: str, price_ref: str) -> Json | None:
        since = int((self._client.clock() - _LOOK_BACK).timestamp())
        filters = {"plan_id": price_ref, "from": since}
        for subscription in every_item(self._client.sdk.subscription.all, filters):
            if OurNotes.unpacked(subscription.get("notes")).command_id == command_id:
                return subscription
        return None

    def _subscription_body(self, request: CheckoutRequest) -> Json:
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
            "quantity": request.quantity,
            "customer_notify": False,
            "notes": notes.packed(),
            **self._times(request.trial_days),
            **({"offer_id": request.coupon.offer} if request.coupon is not None else {}),
        }

    def _times(self, trial_days: int | None) -> Json:
        """A trial runs from now on. What is not authorised by its end has expired for ever, and
        the page has to close before."""
        now = self._client.clock()
        if not trial_days:
            return {"expire_by": int((now + _OPEN).timestamp())}
        start = now + timedelta(days=trial_days)
        closes = min(now + _OPEN, start - _BEFORE_START)
        return {"start_at": int(start.timestamp()), "expire_by": int(closes.timestamp())}

    def _create_link(self, request: PaymentRequest) -> Json:
        try:
            return send(self._client.sdk.payment_link.create, self._link_body(request))
        except GatewayRejected:
            # The reference was taken between looking and creating.
            link = link_of(self._client, request.command_id)
            if link is None:
                raise
            return link

    def _link_body(self, request: PaymentRequest) -> Json:
        body: Json = {
            "amount": request.amount.amount,
            "currency": request.amount.currency,
            "description": request.description[:2048],
            "reference_id": reference_id(request.command_id),
            "expire_by": int((self._client.clock() + _OPEN).timestamp()),
            "callback_url": without_placeholder(request.success_url),
            "callback_method": "get",
            "notify": {"sms": False, "email": False},
            "reminder_enable": False,
            "notes": OurNotes(request.command_id, request.workspace_id).packed(),
        }
        if request.customer_email:
            body["customer"] = {"email": request.customer_email}
        return body


def checkout_url(public_url: str, subscription: str) -> str:
    return f"{public_url.rstrip('/')}/razorpay/checkout/{subscription}"
