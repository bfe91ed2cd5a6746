"""A scheduled cancellation is to be taken back."""

from __future__ import annotations

from datetime import datetime

from gateways.port import Capabilities
from kernel.events import DomainEvent
from services.billing.domain.account.events import ChangeRequested
from services.billing.domain.account.state import Account
from services.billing.domain.account.subscription import Subscription
from services.billing.domain.errors import CannotResume, NotSubscribed


def decide_resume(
    account: Account, command_id: str, capabilities: Capabilities, at: datetime
) -> list[DomainEvent]:
    live = require_resumable(account, capabilities)
    request = ChangeRequested(
        timestamp=at,
        command_id=command_id,
        kind="resume",
        gateway=live.gateway or "",
        subscription_ref=live.ref or "",
    )
    return [request]


def require_resumable(account: Account, capabilities: Capabilities) -> Subscription:
    """Raises NotSubscribed or CannotResume."""
    current, live = account.subscription, account.live
    if current is None or current.gateway is None:
        raise NotSubscribed(workspace=account.workspace)
    if live is None or live.closed or live.cancel_at is None or not capabilities.resume:
        raise CannotResume(gateway=current.gateway, status=current.status)
    return live
