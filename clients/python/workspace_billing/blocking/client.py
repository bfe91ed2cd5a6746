# Generated from aio/client.py: change that one.
"""The client itself: where billing is, who calls, and what all calls share."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from types import TracebackType
from typing import Any

import httpx

from workspace_billing import models
from workspace_billing.blocking.api import Api
from workspace_billing.blocking.audit import Audit
from workspace_billing.blocking.catalogue import Addons, Plans
from workspace_billing.blocking.orders import Orders
from workspace_billing.blocking.sender import Sender
from workspace_billing.blocking.workspace import Workspace
from workspace_billing.bookmark import Bookmark
from workspace_billing.breaker import Breaker
from workspace_billing.call import path, reading
from workspace_billing.exchange import Session
from workspace_billing.retries import Retries
from workspace_billing.tokens import Credentials, GivenToken


class Billing:
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
        http: httpx.Client | None = None,
    ) -> None:
        seen = Bookmark()
        seen.see(bookmark or "")
        session = Session(_credentials(auth), seen, retries or Retries(), timeout)
        self._owned = http is None
        http = http if http is not None else httpx.Client()
        http.base_url = httpx.URL(url)
        self._use(Sender(http, session, breaker or Breaker()))

    def _use(self, sender: Sender) -> None:
        self._sender = sender
        self.api = Api(sender)
        self.plans = Plans(sender)
        self.addons = Addons(sender)
        self.orders = Orders(sender)
        self.audit = Audit(sender)

    def using(self, auth: str | Callable[[], str] | Credentials) -> Billing:
        """The same client for another caller: connections and bookmark are shared."""
        other = object.__new__(Billing)
        other._owned = False
        session = replace(self._sender.session, credentials=_credentials(auth))
        other._use(replace(self._sender, session=session))
        return other

    def workspaces(self, id: str, *, bookmark: str | None = None) -> Workspace:
        return Workspace(self._sender.about(id), bookmark)

    def bookmark(self) -> str:
        """Of all that this client has done, to go on elsewhere."""
        return self._sender.session.bookmark.token()

    def gateways(self) -> dict[str, models.Capabilities]:
        """What each payment gateway can do."""
        read = reading(models.GatewaysAnswer)
        return (self._sender.query("/v1/billing/gateways", read)).gateways

    def readiness(self) -> models.Ready:
        """Of the process that answers: how far behind its consumers are, and what they set aside.
        Raises ApiError while it is not ready."""
        return self._sender.query("/readyz", reading(models.Ready))

    def report(self, events: Iterable[Mapping[str, Any]]) -> list[models.EventResult]:
        """Usage that happened, at most 1,000 events: each with `id`, `workspace_id`, `metric`. The
        same id counts once. What is refused says so in its own result."""
        body = {"events": [dict(event) for event in events]}
        read = reading(models.UsageResults)
        return (self._sender.command("POST", "/v1/metering/events", read, body)).results

    def retry_webhook(self, gateway: str, id: str) -> models.Retry:
        """One that was parked."""
        place = path("/v1/billing/webhooks/{}/{}/retry", gateway, id)
        return self._sender.command("POST", place, reading(models.Retry))

    def close(self) -> None:
        if self._owned:
            self._sender.http.close()

    def __enter__(self) -> Billing:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()


def _credentials(auth: str | Callable[[], str] | Credentials | None) -> Credentials | None:
    if auth is None or hasattr(auth, "token"):
        return auth
    return GivenToken(auth)
