"""A subscription is to end with the period that is paid."""

from __future__ import annotations

from datetime import datetime

from gateways.port import Capabilities
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


def decide_end(
    account: Account, command_id: str, capabilities: Capabilities, at: datetime
) -> list[DomainEvent]:
    """What ends with its period is ended when that is over, where its gateway leaves that to us."""
    live = account.live
    if live is None or live.closed or live.cancel_at is None or live.cancel_at > at:
        return []
    if not capabilities.emulates_end or account.change is not None:
        return []
    request = ChangeRequested(
        timestamp=at,
        command_id=command_id,
        kind="cancel",
        gateway=live.gateway or "",
        subscription_ref=live.ref or "",
        at_period_end=False,
    )
    return [request]
