"""The sandbox as a `Gateway`: the port's contract with no company behind it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Literal

from gateways.port import (
    Capabilities,
    CapabilityNotSupported,
    ChargeOutcome,
    ChargeRequest,
    ChargeSnapshot,
    Checkout,
    CheckoutRequest,
    CheckoutSnapshot,
    Invoice,
    NeedsCheckout,
    PaymentRequest,
    PlanRef,
    PlanSpec,
    Refund,
    SubscriptionSnapshot,
    Swapped,
    SwapTiming,
    VerifiedEvent,
)
from gateways.sandbox import (
    catalogue,
    charges,
    checkouts,
    invoices,
    portals,
    snapshots,
    subscriptions,
    webhooks,
)
from gateways.sandbox.connection import Connection
from gateways.sandbox.ledger import Ledger
from gateways.sandbox.profiles import PROFILES, ProfileName
from gateways.sandbox.records import Charge, CheckoutPage, Subscription
from gateways.sandbox.state import SandboxState
from gateways.split import split
from kernel.clock import Clock
from kernel.money import Money

Offered = Literal["resume", "portal", "saved_method_charge"]


class SandboxGateway:
    """`clock` dates the snapshots, as it does in the other adapters. Of several webhook secrets
    the first signs and each is accepted."""

    name = "sandbox"

    def __init__(
        self,
        state: SandboxState,
        public_url: str,
        webhook_secret: str | Sequence[str],
        clock: Clock,
        profile: ProfileName = "stripe",
    ) -> None:
        secrets = [webhook_secret] if isinstance(webhook_secret, str) else list(webhook_secret)
        if not secrets or not all(secrets):
            raise ValueError("the sandbox needs a webhook secret")
        self.state = state
        self._connection = Connection(state)
        self.pages = snapshots.Pages(public_url)
        self._secrets = secrets
        self._clock = clock
        self._profile = PROFILES[profile]
        self.catalogue, self.checkouts, self.subscriptions, self.payments, self.webhooks = split(
            self
        )

    @property
    def capabilities(self) -> Capabilities:
        return self._profile.capabilities

    def ensure_plan(self, command_id: str, plan: PlanSpec, current: PlanRef | None) -> PlanRef:
        return self._connection.call(
            lambda ledger: catalogue.ensure_plan(ledger, self._profile, command_id, plan, current)
        )

    def archive_plan(self, command_id: str, current: PlanRef) -> None:
        if self.capabilities.archive_price:
            self._connection.once(
                "archive", command_id, lambda ledger: catalogue.archive(ledger, current.price)
            )

    def start_checkout(self, request: CheckoutRequest) -> Checkout:
        page = self._connection.call(lambda ledger: checkouts.open_for_plan(ledger, request))
        return snapshots.checkout(page, self.pages)

    def start_payment(self, request: PaymentRequest) -> Checkout:
        page = self._connection.call(lambda ledger: checkouts.open_for_sum(ledger, request))
        return snapshots.checkout(page, self.pages)

    def fetch_checkout(self, ref: str) -> CheckoutSnapshot:
        return self._connection.call(
            lambda ledger: snapshots.checkout_snapshot(ledger.get(CheckoutPage, ref), ledger.now)
        )

    def abandon_checkout(self, ref: str) -> None:
        if self._profile.closes_pages:
            self._connection.call(lambda ledger: checkouts.expire(ledger, ref))

    def fetch_subscription(self, ref: str) -> SubscriptionSnapshot:
        return self._connection.call(
            lambda ledger: self._snapshot(ledger, ledger.get(Subscription, ref), self._clock())
        )

    def list_subscriptions(self) -> Iterator[SubscriptionSnapshot]:
        fetched_at = self._clock()
        yield from self._connection.call(
            lambda ledger: [
                self._snapshot(ledger, record, fetched_at) for record in ledger.every(Subscription)
            ]
        )

    def _snapshot(
        self, ledger: Ledger, record: Subscription, fetched_at: datetime
    ) -> SubscriptionSnapshot:
        return snapshots.subscription_snapshot(ledger, self._profile, self.name, record, fetched_at)

    def cancel(self, command_id: str, ref: str, *, at_period_end: bool) -> None:
        waits = at_period_end and self.capabilities.cancels == "period_end"
        self._connection.once(
            "cancel",
            command_id,
            lambda ledger: subscriptions.cancel(ledger, ref, at_period_end=waits),
        )

    def resume(self, command_id: str, ref: str) -> None:
        self._offers("resume")
        self._connection.once(
            "resume", command_id, lambda ledger: subscriptions.resume(ledger, ref)
        )

    def swap(
        self, command_id: str, ref: str, price_ref: str, timing: SwapTiming
    ) -> Swapped | NeedsCheckout:
        if not self.capabilities.swap_in_place:
            return NeedsCheckout()
        return self._connection.call(
            lambda ledger: subscriptions.swap_once(ledger, command_id, ref, price_ref, timing)
        )

    def preview_swap(self, ref: str, price_ref: str, timing: SwapTiming) -> Money | None:
        if not self.capabilities.proration_preview:
            return None
        return self._connection.call(
            lambda ledger: subscriptions.preview(ledger, ref, price_ref, timing)
        )

    def portal_url(self, customer: str, return_url: str) -> str:
        self._offers("portal")
        session = self._connection.call(
            lambda ledger: portals.open_for(ledger, customer, return_url)
        )
        return self.pages.portal(session.id)

    def list_invoices(self, customer: str | None, subscription: str | None) -> Sequence[Invoice]:
        """All of the customer's (one-time sums too), or those of the subscription."""
        found = self._connection.call(
            lambda ledger: invoices.listed(ledger, customer, subscription)
        )
        return [snapshots.invoice(record, self.pages) for record in found]

    def charge(self, request: ChargeRequest) -> ChargeOutcome:
        self._offers("saved_method_charge")
        record = self._connection.call(lambda ledger: charges.charge_saved_method(ledger, request))
        return snapshots.charge_outcome(record, self.pages)

    def fetch_charge(self, ref: str) -> ChargeSnapshot:
        record = self._connection.call(lambda ledger: ledger.get(Charge, ref))
        return snapshots.charge_snapshot(record, self.pages)

    def find_charge(self, command_id: str) -> ChargeSnapshot | None:
        record = self._connection.call(lambda ledger: ledger.made_by(Charge, command_id))
        return None if record is None else snapshots.charge_snapshot(record, self.pages)

    def refund(self, command_id: str, charge: str, amount: Money, reason: str) -> Refund:
        return snapshots.refund(
            self._connection.call(
                lambda ledger: charges.refund(ledger, command_id, charge, amount, reason)
            )
        )

    def verify_webhook(self, raw: bytes, headers: Mapping[str, str]) -> VerifiedEvent:
        return webhooks.verified(raw, headers, self._secrets, self.state.machine_time())

    def _offers(self, capability: Offered) -> None:
        if not getattr(self.capabilities, capability):
            raise CapabilityNotSupported(f"This gateway has no {capability.replace('_', ' ')}.")
