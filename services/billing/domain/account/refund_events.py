"""What is given back for a time that another subscription covers too, in the account's stream."""

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


RefundEvent = OverlapRefundDue | OverlapRefunded | OverlapRefundRefused
