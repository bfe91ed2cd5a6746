"""What is charged every interval, and its invoices."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Literal, Protocol

from gateways.port.catalogue import Interval
from gateways.port.invoices import InvoiceSnapshot
from gateways.port.payers import PayerDetails
from gateways.port.payments import ActionRequired, Declined
from kernel.money import Money
from kernel.month import Month

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
SwapTiming = Literal["prorate", "next_cycle"]


@dataclass(frozen=True, slots=True)
class PaymentMethod:
    """`expires`: the last month of a card, where the gateway tells it. `fingerprint`: the same for
    the same card, whoever pays with it; empty where there is none."""

    ref: str
    brand: str = ""
    last4: str = ""
    expires: Month | None = None
    fingerprint: str = ""


@dataclass(frozen=True, slots=True)
class Item:
    """One price that a subscription charges; `amount` is that of the whole quantity, None where
    it is by use. `quantity` is None there, too."""

    ref: str
    price_ref: str
    product_ref: str = ""
    quantity: int | None = 1
    amount: Money | None = None


@dataclass(frozen=True, slots=True)
class Discount:
    """Either `percent` (0 to 100) or `amount`; for ever without `ends_at`."""

    ref: str
    name: str = ""
    percent: Decimal | None = None
    amount: Money | None = None
    ends_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class PlannedChange:
    """What the gateway will charge from `at` on. `ours`: planned by a command of this
    installation."""

    at: datetime
    price_ref: str
    ours: bool


@dataclass(frozen=True, slots=True)
class Pause:
    """`collection`: nothing is collected, and the subscription goes on; `subscription`: it
    rests. Without `resumes_at` until somebody ends it. `asked`: nobody wished for a pause that is
    not, as where a trial ended without a payment method. `by_payer`: with the bank or the app of
    a mandate, where alone it is ended."""

    kind: Literal["collection", "subscription"]
    resumes_at: datetime | None = None
    asked: bool = True
    by_payer: bool = False


@dataclass(frozen=True, slots=True)
class OpenInvoice:
    """What waits to be paid, at `url` by the customer."""

    ref: str
    amount: Money
    url: str | None = None
    due_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class SubscriptionSnapshot:
    """One subscription as its gateway shows it at `fetched_at` (taken before the request is sent,
    so that comparing two snapshots by it never prefers the older one).

    `status` is neutral, `raw_status` the gateway's word. `workspace_id`,
    `command_id` (of the checkout) and `replaces` come back from the metadata we sent, empty when
    the subscription was not made by us. `price_ref`, `price` and `quantity` are those of our item
    (found by price or product, never by position), the price before discounts and of the whole
    quantity; it is charged every `interval_count` intervals. `collection` tells
    who acts when an invoice is due: the gateway charges, or the customer is sent it. `paid_with`:
    by what kind of method, where that decides what can be changed.
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
    interval_count: int = 1
    started_at: datetime | None = None
    period_start: datetime | None = None
    period_end: datetime | None = None
    cancel_at: datetime | None = None
    ended_at: datetime | None = None
    customer: str | None = None
    payment_method: PaymentMethod | None = None
    quantity: int = 1
    items: tuple[Item, ...] = ()
    discounts: tuple[Discount, ...] = ()
    trial_end: datetime | None = None
    planned: PlannedChange | None = None
    paused: Pause | None = None
    collection: Literal["automatic", "sent"] = "automatic"
    open_invoice: OpenInvoice | None = None
    customer_deleted: bool = False
    paid_with: str = ""


@dataclass(frozen=True, slots=True)
class Swapped:
    """The change is in force, or will be at `effective_at`."""

    effective_at: datetime


@dataclass(frozen=True, slots=True)
class NeedsCheckout:
    """This gateway can't change a plan in place: cancel and check out anew."""


SwapOutcome = Swapped | NeedsCheckout | ActionRequired | Declined


class Subscriptions(Protocol):
    def fetch(self, ref: str) -> SubscriptionSnapshot: ...

    def list_all(self) -> Iterator[SubscriptionSnapshot]:
        """All that the gateway knows, for the doctor and the sweep. Pages lazily."""
        ...

    def cancel(self, command_id: str, ref: str, *, at_period_end: bool) -> None:
        """A later end that is planned already gives way to the end of the period."""
        ...

    def resume(self, command_id: str, ref: str) -> None: ...

    def swap(
        self,
        command_id: str,
        ref: str,
        price_ref: str,
        timing: SwapTiming,
        quantity: int | None = None,
    ) -> SwapOutcome:
        """Our item alone, with its quantity where no other is given. Declined: nothing has changed.
        ActionRequired: nothing changes until the customer has confirmed the payment, which the
        subscription shows then. Raises CurrencyMismatch and ChangedByHand before anything is
        sent."""
        ...

    def preview_swap(
        self, ref: str, price_ref: str, timing: SwapTiming, quantity: int | None = None
    ) -> Money | None:
        """What the next invoice adds (negative: a credit), or None where it can't be known.
        Raises CurrencyMismatch and ChangedByHand as `swap` does."""
        ...

    def portal_url(self, customer: str, return_url: str) -> str: ...

    def describe_payer(self, customer: str, payer: PayerDetails) -> None:
        """For the invoices to come. Saying the same again changes nothing."""
        ...

    def invoices(self, customer: str | None, subscription: str | None) -> Sequence[InvoiceSnapshot]:
        """Those of the subscription, or else the customer's: newest first, drafts too."""
        ...
