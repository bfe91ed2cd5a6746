"""What the gateway answered to a refund that was asked of it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from kernel.events import DomainEvent
from services.billing.domain.account.events import (
    InvoiceRefundConfirmed,
    InvoiceRefundRefused,
    OverlapRefundDue,
    OverlapRefunded,
    OverlapRefundRefused,
    RefundDue,
    RefundMade,
)
from services.billing.domain.account.state import Account


def decide_refunded(
    account: Account, command_id: str, refund_ref: str, amount: int, at: datetime
) -> list[DomainEvent]:
    """Nothing when it is not due (any more)."""
    decided: list[DomainEvent] = []
    for due in _still_due(account, command_id):
        facts = {**_facts(due, at), "amount_cents": amount, "refund_ref": refund_ref}
        is_overlap = isinstance(due, OverlapRefundDue)
        decided.append(OverlapRefunded(**facts) if is_overlap else InvoiceRefundConfirmed(**facts))
    return decided


def decide_refuse_refund(
    account: Account, command_id: str, reason: str, at: datetime
) -> list[DomainEvent]:
    return [refused(due, reason, at) for due in _still_due(account, command_id)]


def refused(refund: RefundDue | RefundMade, reason: str, at: datetime) -> DomainEvent:
    facts = {**_facts(refund, at), "reason": reason}
    if isinstance(refund, OverlapRefundDue | OverlapRefunded):
        return OverlapRefundRefused(**facts)
    return InvoiceRefundRefused(**facts)


def _still_due(account: Account, command_id: str) -> Iterator[RefundDue]:
    return (each for each in account.refunds_due if each.command_id == command_id)


def _facts(refund: RefundDue | RefundMade, at: datetime) -> dict[str, Any]:
    return {
        "timestamp": at,
        "command_id": refund.command_id,
        "gateway": refund.gateway,
        "subscription_ref": refund.subscription_ref,
        "invoice_ref": refund.invoice_ref,
        "amount_cents": refund.amount_cents,
        "currency": refund.currency,
    }
