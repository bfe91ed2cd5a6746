"""The gateway answered with its page."""

from __future__ import annotations

from datetime import datetime

from kernel.events import DomainEvent
from services.billing.domain.account.events import CheckoutOpened
from services.billing.domain.account.state import Account


def decide_open_checkout(
    account: Account,
    checkout_id: str,
    ref: str,
    url: str,
    expires_at: datetime | None,
    at: datetime,
) -> list[DomainEvent]:
    """Nothing when the page is known."""
    known = account.checkouts[checkout_id]
    if (known.ref, known.url) == (ref, url):
        return []
    return [
        CheckoutOpened(
            timestamp=at,
            checkout_id=checkout_id,
            gateway=known.gateway,
            ref=ref,
            url=url,
            expires_at=expires_at,
        )
    ]
