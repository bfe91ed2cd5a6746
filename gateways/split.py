"""The five ports of an adapter that is one object."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Protocol

from gateways.port import (
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
from kernel.money import Money


class Adapter(Protocol):
    def ensure_plan(self, command_id: str, plan: PlanSpec, current: PlanRef | None) -> PlanRef:
        """Makes the product and price exist; if `current` has another price, archives it and makes
        a new one. Existing subscribers keep what they bought. Idempotent without `current` too."""
        ...

    def archive_plan(self, command_id: str, current: PlanRef) -> None:
        """No new subscriptions to it. A no-op where the gateway can't archive."""
        ...

    def start_checkout(self, request: CheckoutRequest) -> Checkout: ...

    def fetch_checkout(self, ref: str) -> CheckoutSnapshot: ...

    def abandon_checkout(self, ref: str) -> None:
        """Closes an open page; quietly nothing where it is closed or can't be."""
        ...

    def fetch_subscription(self, ref: str) -> SubscriptionSnapshot: ...

    def list_subscriptions(self) -> Iterator[SubscriptionSnapshot]:
        """All that the gateway knows, for the doctor and the sweep. Pages lazily."""
        ...

    def cancel(self, command_id: str, ref: str, *, at_period_end: bool) -> None: ...

    def resume(self, command_id: str, ref: str) -> None: ...

    def swap(
        self, command_id: str, ref: str, price_ref: str, timing: SwapTiming
    ) -> Swapped | NeedsCheckout: ...

    def preview_swap(self, ref: str, price_ref: str, timing: SwapTiming) -> Money | None:
        """What the next invoice adds (negative: a credit), or None where it can't be known."""
        ...

    def portal_url(self, customer: str, return_url: str) -> str: ...

    def list_invoices(self, customer: str | None, subscription: str | None) -> Sequence[Invoice]:
        """Newest first."""
        ...

    def charge(self, request: ChargeRequest) -> ChargeOutcome: ...

    def start_payment(self, request: PaymentRequest) -> Checkout: ...

    def fetch_charge(self, ref: str) -> ChargeSnapshot: ...

    def find_charge(self, command_id: str) -> ChargeSnapshot | None:
        """The charge that a command made, when its reference was lost in a crash."""
        ...

    def refund(self, command_id: str, charge: str, amount: Money, reason: str) -> Refund: ...

    def verify_webhook(self, raw: bytes, headers: Mapping[str, str]) -> VerifiedEvent:
        """Checks the raw bytes against every accepted secret; header names are lower case.
        Raises InvalidSignature."""
        ...


class Catalogue:
    def __init__(self, adapter: Adapter) -> None:
        self.ensure_plan = adapter.ensure_plan
        self.archive_plan = adapter.archive_plan


class Checkouts:
    def __init__(self, adapter: Adapter) -> None:
        self.start = adapter.start_checkout
        self.start_payment = adapter.start_payment
        self.fetch = adapter.fetch_checkout
        self.abandon = adapter.abandon_checkout


class Subscriptions:
    def __init__(self, adapter: Adapter) -> None:
        self.fetch = adapter.fetch_subscription
        self.list_all = adapter.list_subscriptions
        self.cancel = adapter.cancel
        self.resume = adapter.resume
        self.swap = adapter.swap
        self.preview_swap = adapter.preview_swap
        self.portal_url = adapter.portal_url
        self.invoices = adapter.list_invoices


class Payments:
    def __init__(self, adapter: Adapter) -> None:
        self.charge = adapter.charge
        self.fetch = adapter.fetch_charge
        self.find = adapter.find_charge
        self.refund = adapter.refund


class Webhooks:
    def __init__(self, adapter: Adapter) -> None:
        self.verify = adapter.verify_webhook


def split(
    adapter: Adapter,
) -> tuple[Catalogue, Checkouts, Subscriptions, Payments, Webhooks]:
    return (
        Catalogue(adapter),
        Checkouts(adapter),
        Subscriptions(adapter),
        Payments(adapter),
        Webhooks(adapter),
    )
