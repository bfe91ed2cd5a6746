"""What one workspace may do otherwise than its plan says."""

from __future__ import annotations

from datetime import datetime

from kernel.events import DomainEvent
from services.billing.domain.account.events import WorkspaceOverridesChanged
from services.billing.domain.account.state import Account
from services.billing.domain.overrides import Overrides
from services.billing.domain.terms import require


def decide_overrides(
    account: Account, overrides: Overrides, reason: str, at: datetime
) -> list[DomainEvent]:
    """Nothing when that is how it is. Raises ValidationFailed."""
    overrides.check()
    require(overrides.until is None or overrides.until > at, "until", "An end lies in the future.")
    if overrides == account.overrides:
        return []
    return [WorkspaceOverridesChanged(timestamp=at, overrides=overrides, reason=reason)]
