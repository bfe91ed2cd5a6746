"""What was paid for a time that another subscription covers too was given back."""

from __future__ import annotations

from datetime import datetime

from kernel.events import DomainEvent
from services.billing.domain.account.events import OverlapRefunded
from services.billing.domain.account.state import Account


def decide_refund_overlap(
    account: Account, command_id: str, refund_ref: str, at: datetime
) -> list[DomainEvent]:
    """Nothing when it is not due (any more)."""
    due = account.refunds_due.get(command_id)
    if due is None:
        return []
    return [
        OverlapRefunded(
            timestamp=at,
            command_id=command_id,
            gateway=due.gateway,
            subscription_ref=due.subscription_ref,
            refund_ref=refund_ref,
            amount_cents=due.amount_cents,
            currency=due.currency,
        )
    ]
