"""That the personal data of a workspace was made unreadable: stream `erasure:<workspace>`."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from functools import singledispatchmethod
from typing import ClassVar

from kernel.aggregate import Aggregate
from kernel.events import CreatedEvent, DomainEvent


def erasure_stream(workspace: str) -> str:
    return f"erasure:{workspace}"


@dataclass(frozen=True, kw_only=True)
class WorkspaceErased(CreatedEvent):
    TOPIC: ClassVar[str] = "billing.WorkspaceErased"
    workspace_id: str


class Erasure(Aggregate):
    """Happens once: a key that is gone does not come back."""

    TOPIC: ClassVar[str] = "billing.Erasure"
    workspace: str

    @classmethod
    def of(cls, workspace: str, at: datetime) -> Erasure:
        return cls._create(
            WorkspaceErased, id=erasure_stream(workspace), timestamp=at, workspace_id=workspace
        )

    @singledispatchmethod
    def apply(self, event: DomainEvent) -> None:
        super().apply(event)

    @apply.register
    def _(self, event: WorkspaceErased) -> None:
        self.workspace = event.workspace_id
