"""One conversation: it holds a unit when it starts, and counts when its first turn is complete."""

from __future__ import annotations

from datetime import datetime

from workspace_billing import models
from workspace_billing.aio.sender import AsyncSender
from workspace_billing.call import path, reading, sent

PLACE = "/v1/metering/workspaces/{ws}/conversations"


class AsyncConversation:
    def __init__(self, sender: AsyncSender, id: str) -> None:
        self._sender = sender
        self.id = id

    async def start(
        self, *, is_playground: bool = False, agent_id: str | None = None
    ) -> models.Started:
        """Raises PlanLimitReached."""
        body = sent(id=self.id, is_playground=is_playground, agent_id=agent_id)
        return await self._sender.command("POST", PLACE, reading(models.Started), body)

    async def first_turn(
        self,
        *,
        occurred_at: datetime | None = None,
        is_playground: bool = False,
        agent_id: str | None = None,
    ) -> models.FirstTurnCounted:
        body = sent(
            occurred_at=occurred_at.isoformat() if occurred_at else None,
            is_playground=is_playground,
            agent_id=agent_id,
        )
        read = reading(models.FirstTurnCounted)
        return await self._sender.command("POST", f"{self._place}/first-turn", read, body)

    async def release(self) -> models.Released:
        """Gives the held unit back."""
        return await self._sender.command("DELETE", self._place, reading(models.Released))

    @property
    def _place(self) -> str:
        return PLACE + path("/{}", self.id)
