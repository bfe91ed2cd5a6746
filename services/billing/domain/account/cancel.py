"""A subscription is to end with the period that is paid."""

from __future__ import annotations

from datetime import datetime

from kernel.events import DomainEvent
from services.billing.domain.account.events import ChangeRequested
from services.billing.domain.account.state import Account


def decide_cancel(
    account: Account, command_id: str, at: datetime, reason: str = ""
) -> list[DomainEvent]:
    """Nothing when it ends with its period anyway. What has no access any more ends at once."""
    live = account.require_live()
    if live.ends_with_period:
        return []
    request = ChangeRequested(
        timestamp=at,
        command_id=command_id,
        kind="cancel",
        gateway=live.gateway or "",
        subscription_ref=live.ref or "",
        at_period_end=live.has_access,
        reason=reason,
    )
    return [request]
