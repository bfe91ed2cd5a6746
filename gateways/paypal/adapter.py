"""The port's methods on PayPal's objects."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import timedelta
from typing import ClassVar

from cryptography import x509

from gateways.hosted_only import HostedOnly, hosted_only
from gateways.paypal.catalogue import Catalogue
from gateways.paypal.certificates import Certificates, is_paypals
from gateways.paypal.client import PayPalClient
from gateways.paypal.orders import Orders
from gateways.paypal.subscriptions import Subscriptions
from gateways.paypal.webhooks import Webhooks
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
from gateways.split import split
from kernel.clock import Clock
from kernel.money import Money

LIVE = "https://api-m.paypal.com"
_SUBSCRIPTION_PREFIX = "I-"


class PayPalGateway(HostedOnly):
    """`webhook_ids`: the present one first, then those being rotated out.

    `accepts_certificate_url`, `trust_roots` and `pause` are given by tests only.
    """

    name: ClassVar[str] = "paypal"
    capabilities: ClassVar[Capabilities] = hosted_only(cancels="immediately", archive_price=True)

    def __init__(
        self,
        client_id: str,
        client_secret: str,
        webhook_ids: Sequence[str],
        *,
        clock: Clock,
        api_base: str = LIVE,
        timeout: float = 20.0,
        webhook_max_age: timedelta = timedelta(days=4),
        accepts_certificate_url: Callable[[str], bool] = is_paypals,
        trust_roots: Sequence[x509.Certificate] | None = None,
        pause: Callable[[float], None] = time.sleep,
    ) -> None:
        self._client = PayPalClient(
            client_id, client_secret, api_base or LIVE, timeout=timeout, clock=clock, pause=pause
        )
        self._catalogue = Catalogue(self._client)
        self._subscriptions = Subscriptions(self._client, self._catalogue, clock)
        self._orders = Orders(self._client, clock)
        certificates = Certificates(min(timeout, 5.0), accepts_certificate_url, trust_roots)
        self._webhooks = Webhooks(webhook_ids, certificates, clock, webhook_max_age)
        self.catalogue, self.checkouts, self.subscriptions, self.payments, self.webhooks = split(
            self
        )

    def close(self) -> None:
        self._client.close()

    def ensure_plan(self, command_id: str, plan: PlanSpec, current: PlanRef | None) -> PlanRef:
        return self._catalogue.ensure(command_id, plan, current)

    def archive_plan(self, command_id: str, current: PlanRef) -> None:  # noqa: ARG002 - idempotent
        self._catalogue.deactivate(current.price)

    def start_checkout(self, request: CheckoutRequest) -> Checkout:
        return self._subscriptions.start(request)

    def fetch_checkout(self, ref: str) -> CheckoutSnapshot:
        if ref.startswith(_SUBSCRIPTION_PREFIX):
            return self._subscriptions.fetch_checkout(ref)
        return self._orders.fetch_checkout(ref)

    def abandon_checkout(self, ref: str) -> None:
        """An order can't be closed; nor, as far as is known, a subscription that waits for its
        approval, but asking costs nothing."""
        if not ref.startswith(_SUBSCRIPTION_PREFIX):
            return
        try:
            if self._subscriptions.fetch_checkout(ref).status == "open":
                self._subscriptions.cancel(ref, "Superseded by another checkout")
        except (GatewayRejected, ReferenceNotFound):
            return

    def fetch_subscription(self, ref: str) -> SubscriptionSnapshot:
        return self._subscriptions.fetch(ref)

    def list_subscriptions(self) -> Iterator[SubscriptionSnapshot]:
        return self._subscriptions.all()

    def cancel(self, command_id: str, ref: str, *, at_period_end: bool) -> None:  # noqa: ARG002
        """PayPal knows no end of period: `capabilities.cancels` says so, and it ends at once."""
        self._subscriptions.cancel(ref, "Cancelled by the customer")

    def list_invoices(
        self,
        customer: str | None,  # noqa: ARG002 - PayPal lists payments by subscription only
        subscription: str | None,
    ) -> Sequence[Invoice]:
        return self._subscriptions.invoices(subscription) if subscription else []

    def start_payment(self, request: PaymentRequest) -> Checkout:
        return self._orders.start(request)

    def fetch_charge(self, ref: str) -> ChargeSnapshot:
        return self._orders.fetch(ref)

    def find_charge(self, command_id: str) -> ChargeSnapshot | None:
        return self._orders.find(command_id)

    def refund(self, command_id: str, charge: str, amount: Money, reason: str) -> Refund:
        return self._orders.refund(command_id, charge, amount, reason)

    def verify_webhook(self, raw: bytes, headers: Mapping[str, str]) -> VerifiedEvent:
        return self._webhooks.verify(raw, headers)
