"""Units that are held for something of which only its end tells what it costs."""

from __future__ import annotations

from datetime import timedelta
from types import TracebackType

from workspace_billing import models
from workspace_billing.aio.sender import AsyncSender
from workspace_billing.call import path, reading, sent
from workspace_billing.failures import BillingError

PLACE = "/v1/metering/workspaces/{ws}/reservations"


class AsyncReservation:
    """As a context it holds the units at its beginning, and gives back at its end what was not
    settled. Where settling got no answer nothing is given back: it may have been counted, and can
    be settled again under the same id."""

    def __init__(
        self,
        sender: AsyncSender,
        id: str,
        meter: str,
        amount: int,
        expires_in: timedelta | None = None,
    ) -> None:
        self._sender = sender
        self._expires_in = expires_in
        self._settling = False
        self.id = id
        self.meter = meter
        self.amount = amount

    async def hold(self) -> models.Reserved:
        """Raises QuotaExceeded where there is no room for all of it."""
        seconds = self._expires_in and round(self._expires_in.total_seconds())
        body = sent(id=self.id, meter=self.meter, amount=self.amount, expires_in=seconds)
        return await self._sender.command("POST", PLACE, reading(models.Reserved), body)

    async def settle(
        self, value: int, *, dimensions: dict[str, str] | None = None
    ) -> models.Settled:
        """Counts what was used, also beyond what is held; the rest goes back."""
        self._settling = True
        body = sent(value=value, dimensions=dimensions)
        read = reading(models.Settled)
        return await self._sender.command("POST", f"{self._place}/settle", read, body)

    async def release(self) -> models.ReleasedReservation:
        """Gives all of it back."""
        read = reading(models.ReleasedReservation)
        return await self._sender.command("DELETE", self._place, read)

    async def __aenter__(self) -> AsyncReservation:
        await self.hold()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if self._settling:
            return
        try:
            await self.release()
        except BillingError:
            # It ends by itself; what went wrong in between matters more.
            if kind is None:
                raise

    @property
    def _place(self) -> str:
        return PLACE + path("/{}", self.id)
