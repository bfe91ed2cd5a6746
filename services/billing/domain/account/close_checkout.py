"""Nothing will come of a checkout any more."""

from __future__ import annotations

from datetime import datetime

from kernel.events import DomainEvent
from services.billing.domain.account.checkout import CloseReason
from services.billing.domain.account.events import CheckoutAbandoned, CheckoutClosed
from services.billing.domain.account.state import Account


def decide_close_checkout(
    account: Account, checkout_id: str, reason: CloseReason, at: datetime
) -> list[DomainEvent]:
    """Nothing for one that is settled or not ours."""
    checkout = account.checkouts.get(checkout_id)
    if checkout is None or not checkout.may_be_paid:
        return []
    if checkout.state != "open" or reason == "superseded":
        return [CheckoutAbandoned(timestamp=at, checkout_id=checkout_id)]
    return [
        CheckoutClosed(
            timestamp=at, checkout_id=checkout_id, gateway=checkout.gateway, reason=reason
        )
    ]
