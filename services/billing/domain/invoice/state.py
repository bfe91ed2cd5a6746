"""What its events make of an invoice."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from kernel.decider import Decider
from kernel.events import DomainEvent
from services.billing.domain.invoice.records import Dispute, Line, Refund

InvoiceStatus = Literal["open", "uncollectible", "void", "paid"]


def invoice_stream(gateway: str, ref: str) -> str:
    return f"invoice:{gateway}:{ref}"


@dataclass(frozen=True, kw_only=True)
class Invoice:
    """Amounts in minor units of `currency`, times the gateway's own. What is billed (amounts,
    lines) is as it was when it was issued. `refunds` and `disputes` by the gateway's reference.

    `charge` is the payment that can be refunded, `failed_at` the last failure while it is not
    paid, `paid` all that was ever collected. `subscription` is None for a one-time sum.
    """

    workspace: str
    gateway: str
    ref: str
    number: str
    currency: str
    total: int
    subtotal: int
    issued_at: datetime
    discount: int = 0
    tax: int = 0
    gateway_status: InvoiceStatus = "open"
    paid: int = 0
    due_at: datetime | None = None
    paid_at: datetime | None = None
    failed_at: datetime | None = None
    subscription: str | None = None
    customer: str | None = None
    charge: str | None = None
    lines: tuple[Line, ...] = ()
    refunds: Mapping[str, Refund] = field(default_factory=dict)
    disputes: Mapping[str, Dispute] = field(default_factory=dict)
    url: str | None = None
    pdf_url: str | None = None

    @property
    def refunded(self) -> int:
        """Also what is still on its way to the payer."""
        return sum(each.amount for each in self.refunds.values() if not each.failed)

    @property
    def disputed(self) -> int:
        """What disputes hold or have taken."""
        return sum(each.amount for each in self.disputes.values() if each.status != "won")

    @property
    def kept(self) -> int:
        """What was paid and neither given back nor disputed."""
        return max(self.paid - self.refunded - self.disputed, 0)

    @property
    def status(self) -> InvoiceStatus:
        """A payment that a lost dispute took away leaves an invoice that nobody pays any more."""
        lost = any(each.status == "lost" for each in self.disputes.values())
        return "uncollectible" if lost and not self.kept else self.gateway_status

    @property
    def is_owed(self) -> bool:
        return self.gateway_status in ("open", "uncollectible") and self.total > self.paid

    @property
    def owed_since(self) -> datetime:
        """When it was to be paid: at once, unless it names a later day."""
        return self.due_at or self.issued_at


def evolve(_: Invoice | None, event: DomainEvent) -> Invoice:
    invoice: Invoice | None = getattr(event, "invoice", None)
    if invoice is None:
        raise TypeError(f"an invoice does not know {type(event).__name__}")
    return invoice


INVOICE = Decider("billing.Invoice", evolve)
