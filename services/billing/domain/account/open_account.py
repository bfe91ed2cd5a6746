"""A workspace is heard of for the first time."""

from __future__ import annotations

from datetime import datetime

from kernel.events import DomainEvent
from services.billing.domain.account.events import AccountOpened


def decide_open_account(workspace: str, at: datetime) -> list[DomainEvent]:
    return [AccountOpened(timestamp=at, workspace_id=workspace)]
