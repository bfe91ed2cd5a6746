"""What the product asks of any payment gateway, in our words.

Every call that has an effect carries *our* `command_id`: repeating it, at any later time and after
any lost answer, never repeats the effect. Reads return what the gateway says now. Calls block, are
bounded in time and raise only the errors below (never an SDK's).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal, Protocol

from kernel.errors import DomainError
from kernel.money import Money

Interval = Literal["month", "year"]
Status = Literal[
    "pending",
    "trialing",
    "active",
    "grace",
    "past_due",
    "suspended",
    "paused",
    "cancelled",
    "expired",
    "unknown",
]


class GatewayUnavailable(DomainError):
    """The gateway timed out, refused, throttled or answered nonsense; the effect is *unknown*."""

    code = "gateway_unavailable"
    kind = "upstream"
    message = "The payment gateway did not answer. Try again."


class GatewayRejected(DomainError):
    """The gateway understood the request and will never accept it."""

    code = "gateway_rejected"
    kind = "upstream"
    message = "The payment gateway refused the request."


class GatewayNotConfigured(DomainError):
    code = "gateway_not_configured"
    kind = "invalid"
    message = "This gateway is not configured."


class CapabilityNotSupported(DomainError):
    code = "capability_not_supported"
    kind = "conflict"
    message = "This gateway does not offer that."


class ReferenceNotFound(DomainError):
    """The gateway does not know the object (any more)."""

    code = "gateway_reference_not_found"
    kind = "not_found"
    message = "The payment gateway does not know this object."


class InvalidSignature(DomainError):
    code = "invalid_signature"
    kind = "malformed"
    message = "The webhook's signature is not valid."


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


@dataclass(frozen=True, slots=True)
class PlanSpec:
    """A paid plan as the catalogue has it now."""

    slug: str
    name: str
    price: Money
    interval: Interval


@dataclass(frozen=True, slots=True)
class PlanRef:
    """Where a plan lives at the gateway. `archived_price` is the price this call retired."""

    product: str
    price: str
    amount: Money
    archived_price: str | None = None


@dataclass(frozen=True, slots=True)
class CheckoutRequest:
    """`replaces` is the subscription that the new one takes the place of, kept as metadata.

    `success_url` may hold the placeholder `{CHECKOUT_SESSION_ID}`.
    """

    command_id: str
    workspace_id: str
    plan: PlanSpec
    price_ref: str
    success_url: str
    cancel_url: str
    customer: str | None = None
    customer_email: str | None = None
    replaces: str | None = None


@dataclass(frozen=True, slots=True)
class Checkout:
    """A hosted page that is open until `expires_at`."""

    ref: str
    url: str
    expires_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class CheckoutSnapshot:
    """`subscription` and `charge` are the gateway's references, once there are any."""

    ref: str
    status: Literal["open", "complete", "expired"]
    subscription: str | None = None
    charge: str | None = None


@dataclass(frozen=True, slots=True)
class PaymentMethod:
    ref: str
    brand: str = ""
    last4: str = ""


@dataclass(frozen=True, slots=True)
class SubscriptionSnapshot:
    """One subscription as its gateway shows it at `fetched_at` (taken before the request is sent,
    so that comparing two snapshots by it never prefers the older one).

    `status` is neutral (table in GATEWAYS); `raw_status` is the gateway's word. `workspace_id`,
    `command_id` (of the checkout) and `replaces` come back from the metadata we sent, empty when
    the subscription was not made by us. `price` is what this subscriber pays each interval.
    """

    gateway: str
    ref: str
    status: Status
    raw_status: str
    fetched_at: datetime
    workspace_id: str = ""
    command_id: str = ""
    replaces: str | None = None
    price_ref: str = ""
    price: Money | None = None
    interval: Interval = "month"
    started_at: datetime | None = None
    period_start: datetime | None = None
    period_end: datetime | None = None
    cancel_at: datetime | None = None
    ended_at: datetime | None = None
    customer: str | None = None
    payment_method: PaymentMethod | None = None


@dataclass(frozen=True, slots=True)
class Swapped:
    """The change is in force, or will be at `effective_at`."""

    effective_at: datetime


@dataclass(frozen=True, slots=True)
class NeedsCheckout:
    """This gateway can't change a plan in place: cancel and check out anew."""


SwapTiming = Literal["prorate", "next_cycle"]


@dataclass(frozen=True, slots=True)
class ChargeRequest:
    """A one-time sum. `command_id` is the purchase id."""

    command_id: str
    workspace_id: str
    amount: Money
    description: str
    customer: str
    payment_method: str


@dataclass(frozen=True, slots=True)
class PaymentRequest:
    """A one-time sum, paid on a hosted page because there is no method on file."""

    command_id: str
    workspace_id: str
    amount: Money
    description: str
    success_url: str
    cancel_url: str
    customer: str | None = None
    customer_email: str | None = None


@dataclass(frozen=True, slots=True)
class Succeeded:
    ref: str


@dataclass(frozen=True, slots=True)
class ActionRequired:
    """The bank wants the card holder (3-D Secure): they confirm at `url`."""

    ref: str
    url: str


@dataclass(frozen=True, slots=True)
class Declined:
    """`code` is the gateway's decline code, such as `insufficient_funds`."""

    ref: str
    code: str


ChargeOutcome = Succeeded | ActionRequired | Declined


@dataclass(frozen=True, slots=True)
class ChargeSnapshot:
    """`ref` is what `charge` or a completed payment checkout named. `refunded` in minor units."""

    ref: str
    status: Literal["pending", "succeeded", "failed", "cancelled"]
    amount: Money
    command_id: str = ""
    workspace_id: str = ""
    confirmation_url: str | None = None
    decline_code: str = ""
    refunded: int = 0


@dataclass(frozen=True, slots=True)
class Refund:
    ref: str
    amount: Money
    status: Literal["pending", "succeeded", "failed"]


@dataclass(frozen=True, slots=True)
class Invoice:
    """`charge`: the payment that `refund` takes, where the gateway names one."""

    number: str
    date: datetime
    amount: Money
    status: str
    url: str | None = None
    charge: str | None = None


@dataclass(frozen=True, slots=True)
class VerifiedEvent:
    """A webhook whose signature held. A *hint*: fetch what it names, believe that.

    `id` is the gateway's event id, the key of deduplication. References are empty when not named.
    """

    id: str
    type: str
    occurred_at: datetime
    subscription: str = ""
    checkout: str = ""
    charge: str = ""
    customer: str = ""
    workspace_id: str = ""
    payload: Mapping[str, Any] = field(default_factory=dict)


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
