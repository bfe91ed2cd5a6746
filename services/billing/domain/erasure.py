"""That the personal data of a workspace was made unreadable: stream `erasure:<workspace>`."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from kernel.decider import Decider
from kernel.events import CreatedEvent, DomainEvent
from services.billing.domain.account.state import Account
from services.billing.domain.errors import SubscriptionLive


def erasure_stream(workspace: str) -> str:
    return f"erasure:{workspace}"


@dataclass(frozen=True, kw_only=True)
class WorkspaceErased(CreatedEvent):
    TOPIC: ClassVar[str] = "billing.WorkspaceErased"
    workspace_id: str


@dataclass(frozen=True)
class Erasure:
    workspace: str


def evolve(erasure: Erasure | None, event: DomainEvent) -> Erasure:
    if erasure is not None or not isinstance(event, WorkspaceErased):
        raise TypeError(f"an erasure happens once, and never {type(event).__name__}")
    return Erasure(event.workspace_id)


ERASURE = Decider("billing.Erasure", evolve)


def decide_erase(
    erasure: Erasure | None, account: Account | None, workspace: str, at: datetime
) -> list[DomainEvent]:
    """Once: a key that is gone does not come back. Raises SubscriptionLive while a gateway goes on
    charging: whoever is forgotten here could not be told of it."""
    if erasure is not None:
        return []
    current = account.subscription if account is not None else None
    if current is not None and current.renews:
        raise SubscriptionLive(plan=current.plan, gateway=current.gateway)
    for orphan in account.orphans.values() if account is not None else ():
        if not orphan.confirmed:
            raise SubscriptionLive(
                plan=orphan.subscription.plan, gateway=orphan.subscription.gateway
            )
    return [WorkspaceErased(timestamp=at, workspace_id=workspace)]
