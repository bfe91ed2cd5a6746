"""The calls."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

from gateways.port.charges import ChargeOutcome, ChargeRequest, ChargeSnapshot, Refund
from gateways.port.checkouts import Checkout, CheckoutRequest, CheckoutSnapshot, PaymentRequest
from gateways.port.plans import PlanRef, PlanSpec
from gateways.port.subscriptions import (
    Invoice,
    NeedsCheckout,
    SubscriptionSnapshot,
    Swapped,
    SwapTiming,
)
from gateways.port.webhooks import VerifiedEvent
from kernel.money import Money


@dataclass(frozen=True, slots=True)
class Capabilities:
    """`cancels`: when a cancellation takes effect. The rest: whether the call exists at all."""

    cancels: Literal["period_end", "immediately"]
    resume: bool
    swap_in_place: bool
    saved_method_charge: bool
    portal: bool
    archive_price: bool
    proration_preview: bool


class Gateway(Protocol):
    """One adapter a gateway. `name` is the word in URLs, events and configuration."""

    @property
    def name(self) -> str: ...

    @property
    def capabilities(self) -> Capabilities: ...

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
