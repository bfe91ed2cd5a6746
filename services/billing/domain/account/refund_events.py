"""What is given back, in the account's stream: for a time that another subscription covers too, or
because support decided so."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from kernel.events import DomainEvent, added


@dataclass(frozen=True, kw_only=True)
class OverlapRefundDue(DomainEvent):
    """The intent, before the gateway is asked with `command_id`. `invoice_ref` names whose payment
    it is a part of; without one it is the subscription's last."""

    TOPIC: ClassVar[str] = "billing.OverlapRefundDue"
    command_id: str
    gateway: str
    subscription_ref: str
    amount_cents: int
    currency: str
    invoice_ref: str = added("")


@dataclass(frozen=True, kw_only=True)
class OverlapRefunded(DomainEvent):
    TOPIC: ClassVar[str] = "billing.OverlapRefunded"
    command_id: str
    gateway: str
    subscription_ref: str
    refund_ref: str
    amount_cents: int
    currency: str
    invoice_ref: str = added("")


@dataclass(frozen=True, kw_only=True)
class OverlapRefundRefused(DomainEvent):
    """It is left to people: the gateway will never do it, nothing was paid, or the money did not
    reach the payer. `reason` is `<code>: <message>`."""

    TOPIC: ClassVar[str] = "billing.OverlapRefundRefused"
    command_id: str
    gateway: str
    subscription_ref: str
    amount_cents: int
    currency: str
    invoice_ref: str
    reason: str


@dataclass(frozen=True, kw_only=True)
class InvoiceRefundRequested(DomainEvent):
    """Support's decision, before the gateway is asked with `command_id`."""

    TOPIC: ClassVar[str] = "billing.InvoiceRefundRequested"
    command_id: str
    gateway: str
    subscription_ref: str
    amount_cents: int
    currency: str
    invoice_ref: str
    reason: str


@dataclass(frozen=True, kw_only=True)
class InvoiceRefundConfirmed(DomainEvent):
    TOPIC: ClassVar[str] = "billing.InvoiceRefundConfirmed"
    command_id: str
    gateway: str
    subscription_ref: str
    refund_ref: str
    amount_cents: int
    currency: str
    invoice_ref: str


@dataclass(frozen=True, kw_only=True)
class InvoiceRefundRefused(DomainEvent):
    """The gateway will never do it: `reason` is `<code>: <message>`."""

    TOPIC: ClassVar[str] = "billing.InvoiceRefundRefused"
    command_id: str
    gateway: str
    subscription_ref: str
    amount_cents: int
    currency: str
    invoice_ref: str
    reason: str


RefundDue = OverlapRefundDue | InvoiceRefundRequested
RefundMade = OverlapRefunded | InvoiceRefundConfirmed
RefundRefused = OverlapRefundRefused | InvoiceRefundRefused
RefundEvent = RefundDue | RefundMade | RefundRefused
