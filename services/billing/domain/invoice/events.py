"""What happened to an invoice: stream `invoice:<gateway>:<reference>`. Topics never change.

Each is dated by the gateway, not by when it was seen.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar, Literal

from kernel.events import CreatedEvent, DomainEvent
from services.billing.domain.invoice.state import Invoice


@dataclass(frozen=True, kw_only=True)
class InvoiceIssued(CreatedEvent):
    """It can be paid. Drafts are not told."""

    TOPIC: ClassVar[str] = "billing.InvoiceIssued"
    invoice: Invoice


@dataclass(frozen=True, kw_only=True)
class InvoiceEvent(DomainEvent):
    """`invoice` is the whole of it afterwards."""

    invoice: Invoice


@dataclass(frozen=True, kw_only=True)
class InvoiceAmended(InvoiceEvent):
    """Facts changed that no other event tells: a part was paid, another day is due."""

    TOPIC: ClassVar[str] = "billing.InvoiceAmended"


@dataclass(frozen=True, kw_only=True)
class InvoicePaid(InvoiceEvent):
    TOPIC: ClassVar[str] = "billing.InvoicePaid"


@dataclass(frozen=True, kw_only=True)
class InvoicePaymentFailed(InvoiceEvent):
    """`reason` is the decline code, where the gateway tells one."""

    TOPIC: ClassVar[str] = "billing.InvoicePaymentFailed"
    reason: str
    next_attempt_at: datetime | None


@dataclass(frozen=True, kw_only=True)
class InvoiceVoided(InvoiceEvent):
    """Nobody is to pay it any more: `void` or `uncollectible`."""

    TOPIC: ClassVar[str] = "billing.InvoiceVoided"


@dataclass(frozen=True, kw_only=True)
class InvoiceRefunded(InvoiceEvent):
    TOPIC: ClassVar[str] = "billing.InvoiceRefunded"
    refund_ref: str
    amount_cents: int


@dataclass(frozen=True, kw_only=True)
class InvoiceRefundFailed(InvoiceEvent):
    """The money did not reach the payer: it is here again."""

    TOPIC: ClassVar[str] = "billing.InvoiceRefundFailed"
    refund_ref: str
    amount_cents: int


@dataclass(frozen=True, kw_only=True)
class DisputeOpened(InvoiceEvent):
    TOPIC: ClassVar[str] = "billing.DisputeOpened"
    dispute_ref: str
    amount_cents: int
    reason: str


@dataclass(frozen=True, kw_only=True)
class DisputeClosed(InvoiceEvent):
    TOPIC: ClassVar[str] = "billing.DisputeClosed"
    dispute_ref: str
    amount_cents: int
    outcome: Literal["won", "lost"]
