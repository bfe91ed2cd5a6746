"""Money as the gateways tell it: what was billed, paid, given back and disputed.

Amounts are minor units of `currency`. An event's `time` is the gateway's own: when the invoice was
issued, the payment made, the refund given, the dispute opened.
"""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from contracts.envelope import EventData

InvoiceStatus = Literal["open", "paid", "void", "uncollectible"]
DisputeOutcome = Literal["won", "lost"]


class InvoiceLine(EventData):
    """`amount_cents` is what the line adds after its discounts and before tax; a credit is
    negative. `period_start` and `period_end` bound the time that it pays for."""

    description: str
    amount_cents: int
    price_ref: str | None
    quantity: int | None
    period_start: datetime | None
    period_end: datetime | None
    proration: bool


class Invoice(EventData):
    """The whole invoice as it is *after* the event that carries it.

    `total_cents` = `subtotal_cents` - `discount_cents` + `tax_cents`. `paid_cents` is all that was
    ever collected for it, `refunded_cents` what of that was given back, `disputed_cents` what a
    dispute holds or has taken. `subscription_ref` is None for a one-time sum.
    """

    workspace_id: str
    gateway: str
    invoice_ref: str
    number: str
    status: InvoiceStatus
    subscription_ref: str | None
    customer_ref: str | None
    currency: str
    subtotal_cents: int
    discount_cents: int
    tax_cents: int
    total_cents: int
    paid_cents: int
    refunded_cents: int
    disputed_cents: int
    issued_at: datetime
    due_at: datetime | None
    paid_at: datetime | None
    url: str | None
    pdf_url: str | None
    lines: tuple[InvoiceLine, ...]


class InvoiceEvent(EventData):
    workspace_id: str
    invoice: Invoice


class InvoiceIssued(InvoiceEvent):
    """It can be paid from now on; drafts are not told."""

    TYPE = "billing.InvoiceIssued.v1"


class InvoiceAmended(InvoiceEvent):
    """Facts changed that no other event tells: a part was paid, another day is due."""

    TYPE = "billing.InvoiceAmended.v1"


class InvoicePaid(InvoiceEvent):
    """In full. An invoice over nothing is paid when it is issued."""

    TYPE = "billing.InvoicePaid.v1"


class InvoicePaymentFailed(InvoiceEvent):
    """`reason` is the gateway's decline code where it tells one. `next_attempt_at` is None when
    the gateway won't try by itself."""

    TYPE = "billing.InvoicePaymentFailed.v1"
    reason: str
    next_attempt_at: datetime | None


class InvoiceVoided(InvoiceEvent):
    """Nobody is to pay it any more; its status tells `void` from `uncollectible`."""

    TYPE = "billing.InvoiceVoided.v1"


class InvoiceRefunded(InvoiceEvent):
    """`amount_cents` of what was paid went back, perhaps only a part."""

    TYPE = "billing.InvoiceRefunded.v1"
    refund_ref: str
    amount_cents: int


class InvoiceRefundFailed(InvoiceEvent):
    """A refund that was told before did not reach the customer: the money is here again."""

    TYPE = "billing.InvoiceRefundFailed.v1"
    refund_ref: str
    amount_cents: int


class DisputeOpened(InvoiceEvent):
    """The payer's bank claims `amount_cents` back."""

    TYPE = "billing.DisputeOpened.v1"
    dispute_ref: str
    amount_cents: int
    reason: str


class DisputeClosed(InvoiceEvent):
    """`lost`: the money is gone."""

    TYPE = "billing.DisputeClosed.v1"
    dispute_ref: str
    amount_cents: int
    outcome: DisputeOutcome
