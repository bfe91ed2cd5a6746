"""What was billed, paid, given back and disputed, as a gateway shows it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

InvoiceStatus = Literal["draft", "open", "paid", "void", "uncollectible"]
RefundStatus = Literal["pending", "succeeded", "failed"]
DisputeStatus = Literal["open", "won", "lost"]


@dataclass(frozen=True, slots=True)
class InvoiceLine:
    """`amount` is what the line adds after its discounts and before tax; a credit is negative.
    The period is the time that it pays for, where it pays for one."""

    description: str
    amount: int
    price_ref: str = ""
    product_ref: str = ""
    quantity: int | None = None
    period_start: datetime | None = None
    period_end: datetime | None = None
    proration: bool = False


@dataclass(frozen=True, slots=True)
class RefundSnapshot:
    ref: str
    amount: int
    status: RefundStatus
    at: datetime


@dataclass(frozen=True, slots=True)
class DisputeSnapshot:
    """`closed_at` is None, too, where the gateway keeps no time of it."""

    ref: str
    amount: int
    status: DisputeStatus
    reason: str
    opened_at: datetime
    closed_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class FailedPayment:
    """`next_attempt_at`: when the gateway tries again by itself."""

    at: datetime
    code: str = ""
    next_attempt_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class InvoiceSnapshot:
    """One invoice as its gateway shows it at `fetched_at`. Amounts are minor units of `currency`,
    times the gateway's own.

    `total` is `subtotal` (before discounts and tax) less `discount`, plus `tax`; `paid` is what
    really came in, whatever went back since. Without a date of its own an invoice is due when it is
    issued. Where a gateway has payments and no invoices, a payment is an invoice of one line.
    `charge` is what `Payments.refund` takes, None while nothing was paid.
    """

    gateway: str
    ref: str
    number: str
    status: InvoiceStatus
    raw_status: str
    fetched_at: datetime
    issued_at: datetime
    currency: str
    total: int
    subtotal: int
    discount: int = 0
    tax: int = 0
    paid: int = 0
    due_at: datetime | None = None
    paid_at: datetime | None = None
    voided_at: datetime | None = None
    failure: FailedPayment | None = None
    subscription: str | None = None
    customer: str | None = None
    workspace_id: str = ""
    command_id: str = ""
    charge: str | None = None
    lines: tuple[InvoiceLine, ...] = ()
    refunds: tuple[RefundSnapshot, ...] = ()
    disputes: tuple[DisputeSnapshot, ...] = ()
    url: str | None = None
    pdf_url: str | None = None
