"""The port's methods on Razorpay's objects."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta
from typing import ClassVar

from gateways.hosted_only import HostedOnly, hosted_only
from gateways.port import (
    Capabilities,
    ChargeSnapshot,
    Checkout,
    CheckoutRequest,
    CheckoutSnapshot,
    GatewayRejected,
    Invoice,
    PaymentRequest,
    PlanRef,
    PlanSpec,
    ReferenceNotFound,
    Refund,
    SubscriptionSnapshot,
    VerifiedEvent,
)
from gateways.razorpay.client import RazorpayClient
from gateways.razorpay.payments import LINK_PREFIX, Payments
from gateways.razorpay.plans import Plans
from gateways.razorpay.return_page import ReturnPage
from gateways.razorpay.signatures import Webhooks
from gateways.razorpay.subscriptions import Subscriptions
from gateways.split import split
from kernel.clock import Clock
from kernel.money import Money

LIVE = "https://api.razorpay.com"


class RazorpayGateway(HostedOnly):
    """`webhook_secrets`: the present one first, then those being rotated out. `public_url` is where
    `razorpay_pages` is served."""

    name: ClassVar[str] = "razorpay"
    capabilities: ClassVar[Capabilities] = hosted_only(cancels="period_end", archive_price=False)

    def __init__(
        self,
        key_id: str,
        key_secret: str,
        webhook_secrets: Sequence[str],
        *,
        clock: Clock,
        public_url: str,
        api_base: str = LIVE,
        timeout: float = 20.0,
        webhook_max_age: timedelta = timedelta(days=3),
        backoff: float = 0.2,
    ) -> None:
        self._client = RazorpayClient(key_id, key_secret, api_base or LIVE, timeout, backoff)
        self._plans = Plans(self._client)
        self.public_url = public_url.rstrip("/")
        self._subscriptions = Subscriptions(self._client, self._plans, clock, self.public_url)
        self._payments = Payments(self._client, clock)
        self._webhooks = Webhooks(webhook_secrets, clock, webhook_max_age)
        self.return_page = ReturnPage(self._subscriptions, key_id, key_secret)
        self.catalogue, self.checkouts, self.subscriptions, self.payments, self.webhooks = split(
            self
        )

    def close(self) -> None:
        self._client.close()

    def ensure_plan(self, command_id: str, plan: PlanSpec, current: PlanRef | None) -> PlanRef:
        return self._plans.ensure(command_id, plan, current)

    def archive_plan(self, command_id: str, current: PlanRef) -> None:
        """Razorpay's plans stay for ever."""

    def start_checkout(self, request: CheckoutRequest) -> Checkout:
        return self._subscriptions.start(request)

    def fetch_checkout(self, ref: str) -> CheckoutSnapshot:
        if ref.startswith(LINK_PREFIX):
            return self._payments.fetch_checkout(ref)
        return self._subscriptions.fetch_checkout(ref)

    def abandon_checkout(self, ref: str) -> None:
        if ref.startswith(LINK_PREFIX):
            self._payments.abandon(ref)
            return
        try:
            if self._subscriptions.fetch_checkout(ref).status == "open":
                self._subscriptions.cancel(ref, at_period_end=False)
        except (GatewayRejected, ReferenceNotFound):
            return

    def fetch_subscription(self, ref: str) -> SubscriptionSnapshot:
        return self._subscriptions.fetch(ref)

    def list_subscriptions(self) -> Iterator[SubscriptionSnapshot]:
        return self._subscriptions.all()

    def cancel(self, command_id: str, ref: str, *, at_period_end: bool) -> None:  # noqa: ARG002
        self._subscriptions.cancel(ref, at_period_end=at_period_end)

    def list_invoices(self, customer: str | None, subscription: str | None) -> Sequence[Invoice]:
        return self._subscriptions.invoices(customer, subscription)

    def start_payment(self, request: PaymentRequest) -> Checkout:
        return self._payments.start(request)

    def fetch_charge(self, ref: str) -> ChargeSnapshot:
        return self._payments.fetch(ref)

    def find_charge(self, command_id: str) -> ChargeSnapshot | None:
        return self._payments.find(command_id)

    def refund(self, command_id: str, charge: str, amount: Money, reason: str) -> Refund:
        return self._payments.refund(command_id, charge, amount, reason)

    def verify_webhook(self, raw: bytes, headers: Mapping[str, str]) -> VerifiedEvent:
        return self._webhooks.verify(raw, headers)
