"""The client itself: where billing is, who calls, and what all calls share."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from types import TracebackType
from typing import Any

import httpx

from workspace_billing import models
from workspace_billing.aio.api import AsyncApi
from workspace_billing.aio.audit import AsyncAudit
from workspace_billing.aio.catalogue import AsyncAddons, AsyncPlans
from workspace_billing.aio.orders import AsyncOrders
from workspace_billing.aio.sender import AsyncSender
from workspace_billing.aio.workspace import AsyncWorkspace
from workspace_billing.bookmark import Bookmark
from workspace_billing.breaker import Breaker
from workspace_billing.call import path, reading
from workspace_billing.exchange import Session
from workspace_billing.retries import Retries
from workspace_billing.tokens import Credentials, GivenToken


class AsyncBilling:
    """One for the whole process: it keeps connections and what it has seen, and is safe to share.

    `auth` is a token, a function that gives one, or a `ServiceTokens`. `timeout` counts for one
    attempt, `retries` say how many there may be and how long in all. `http` is a client of your
    own, with proxies or certificates; closing it stays yours."""

    def __init__(
        self,
        url: str,
        *,
        auth: str | Callable[[], str] | Credentials | None = None,
        bookmark: str | None = None,
        timeout: float = 10.0,
        retries: Retries | None = None,
        breaker: Breaker | None = None,
        http: httpx.AsyncClient | None = None,
    ) -> None:
        seen = Bookmark()
        seen.see(bookmark or "")
        session = Session(_credentials(auth), seen, retries or Retries(), timeout)
        self._owned = http is None
        http = http if http is not None else httpx.AsyncClient()
        http.base_url = httpx.URL(url)
        self._use(AsyncSender(http, session, breaker or Breaker()))

    def _use(self, sender: AsyncSender) -> None:
        self._sender = sender
        self.api = AsyncApi(sender)
        self.plans = AsyncPlans(sender)
        self.addons = AsyncAddons(sender)
        self.orders = AsyncOrders(sender)
        self.audit = AsyncAudit(sender)

    def using(self, auth: str | Callable[[], str] | Credentials) -> AsyncBilling:
        """The same client for another caller: connections and bookmark are shared."""
        other = object.__new__(AsyncBilling)
        other._owned = False
        session = replace(self._sender.session, credentials=_credentials(auth))
        other._use(replace(self._sender, session=session))
        return other

    def workspaces(self, id: str, *, bookmark: str | None = None) -> AsyncWorkspace:
        return AsyncWorkspace(self._sender.about(id), bookmark)

    def bookmark(self) -> str:
        """Of all that this client has done, to go on elsewhere."""
        return self._sender.session.bookmark.token()

    async def gateways(self) -> dict[str, models.Capabilities]:
        """What each payment gateway can do."""
        read = reading(models.GatewaysAnswer)
        return (await self._sender.query("/v1/billing/gateways", read)).gateways

    async def readiness(self) -> models.Ready:
        """Of the process that answers: how far behind its consumers are, and what they set aside.
        Raises ApiError while it is not ready."""
        return await self._sender.query("/readyz", reading(models.Ready))

    async def report(self, events: Iterable[Mapping[str, Any]]) -> list[models.EventResult]:
        """Usage that happened, at most 1,000 events: each with `id`, `workspace_id`, `metric`. The
        same id counts once. What is refused says so in its own result."""
        body = {"events": [dict(event) for event in events]}
        read = reading(models.UsageResults)
        return (await self._sender.command("POST", "/v1/metering/events", read, body)).results

    async def retry_webhook(self, gateway: str, id: str) -> models.Retry:
        """One that was parked."""
        place = path("/v1/billing/webhooks/{}/{}/retry", gateway, id)
        return await self._sender.command("POST", place, reading(models.Retry))

    async def aclose(self) -> None:
        if self._owned:
            await self._sender.http.aclose()

    async def __aenter__(self) -> AsyncBilling:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.aclose()


def _credentials(auth: str | Callable[[], str] | Credentials | None) -> Credentials | None:
    if auth is None or hasattr(auth, "token"):
        return auth
    return GivenToken(auth)
