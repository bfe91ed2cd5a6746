"""Purchases of all workspaces, for the platform's admins."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

from workspace_billing import models
from workspace_billing.aio.sender import AsyncSender
from workspace_billing.call import path, reading, sent


class AsyncOrders:
    def __init__(self, sender: AsyncSender) -> None:
        self._sender = sender

    def list(
        self, *, status: str | None = None, q: str | None = None
    ) -> AsyncIterator[models.Order]:
        """`q` is looked for in workspace, buyer, add-on and the gateway's id."""
        read = reading(models.OrderLedger)
        return self._sender.pages("/v1/projections/orders", read, ["addons"], status=status, q=q)

    async def deliver(self, id: str) -> models.Purchase:
        return await self._decide(id, "deliver")

    async def reopen(self, id: str) -> models.Purchase:
        """So that what was delivered can be bought once more."""
        return await self._decide(id, "reopen")

    async def reconcile(self, id: str) -> models.Purchase:
        return await self._decide(id, "reconcile")

    async def cancel(self, id: str, reason: str | None = None) -> models.Purchase:
        return await self._decide(id, "cancel", reason=reason)

    async def refund(
        self,
        id: str,
        *,
        amount_cents: int | None = None,
        reason: str | None = None,
        idempotency_key: str | None = None,
    ) -> models.Purchase:
        """All that is left of it without an amount."""
        fields = {"amount_cents": amount_cents, "reason": reason}
        return await self._decide(id, "refund", idempotency_key, **fields)

    async def _decide(
        self, id: str, what: str, key: str | None = None, **fields: Any
    ) -> models.Purchase:
        place = path("/v1/addons/purchases/{}/{}", id, what)
        body = sent(**fields) or None
        return await self._sender.command("POST", place, reading(models.Purchase), body, key=key)
