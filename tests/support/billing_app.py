"""Billing's API, which one service after the other stands behind: FastAPI takes longer to make
sense of the routes than most tests take."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from fastapi import FastAPI, Request, Response

from deploy.edge import LARGEST_BODIES
from projections.plan_subscriptions import http as plan_subscriptions_http
from runtime.eventstore.store import EventStore
from runtime.readmodels.definition import ReadSide
from runtime.web.auth import Access
from runtime.web.authorised import Handler
from runtime.web.errors import handle_errors
from runtime.web.idempotency import IdempotencyKeys
from runtime.web.limits import Bounds, RequestLimits
from runtime.web.observability import RequestLog, RequestRecords
from services.billing.application import Billing
from services.billing.http.accounts import account_routes
from services.billing.http.adjustments import adjustment_routes
from services.billing.http.billing_profile import billing_profile_routes
from services.billing.http.discounts import discount_routes
from services.billing.http.erasure import erasure_routes
from services.billing.http.plan_migrations import plan_migration_routes
from services.billing.http.plans import plan_routes
from services.billing.http.support import support_routes
from services.billing.http.webhook_retries import retry_routes
from services.billing.webhooks import webhook_routes
from tests.support.tokens import SECRET, authenticator_of


@dataclass(frozen=True)
class Parts:
    billing: Billing
    store: EventStore
    keys: IdempotencyKeys
    side: ReadSide


class _Present:
    """Stands for what `find` finds at the time of a request, and so do its attributes that are
    asked for before the first one."""

    def __init__(self, app: _App, find: Callable[[], Any], **known: Any) -> None:
        vars(self).update(known, _app=app, _find=find)

    def __getattr__(self, name: str) -> Any:
        if self._app.made:
            return getattr(self._find(), name)
        return _Present(self._app, lambda: getattr(self._find(), name))

    def __call__(self, *arguments: Any, **options: Any) -> Any:
        return self._find()(*arguments, **options)


class _App:
    def __init__(self, parts: Parts) -> None:
        self.parts, self.made = parts, False
        self.access = access = Access(authenticator_of(SECRET))
        billing: Any = _Present(self, lambda: self.parts.billing)
        store: Any = _Present(self, lambda: self.parts.store)
        side: Any = _Present(self, lambda: self.parts.side, access=access)
        keys: Any = self
        self.api = FastAPI()
        handle_errors(self.api)
        self.api.add_middleware(RequestLimits, bounds=Bounds(LARGEST_BODIES))
        self.api.add_middleware(RequestLog, records=RequestRecords(("/",)))
        for router in (
            plan_routes(billing.plans, store, keys, access),
            plan_migration_routes(billing.plan_migrations, store, keys, access),
            account_routes(billing, store, keys, access),
            adjustment_routes(billing, store, keys, access),
            discount_routes(billing.discounts, store, keys, access),
            billing_profile_routes(billing, store, keys, access),
            support_routes(billing, store, keys, access),
            erasure_routes(billing, store, keys, access),
            webhook_routes(billing.receive_webhook, lambda: None),
            retry_routes(billing.retry_webhook, store, lambda: None, access),
            plan_subscriptions_http.router(side),
        ):
            self.api.include_router(router)
        self.made = True

    def replaying(self, handler: Handler) -> Handler:
        """As the `IdempotencyKeys` that are present at the request."""

        async def replayed(request: Request) -> Response:
            return await self.parts.keys.replaying(handler)(request)

        return replayed


_idle: list[_App] = []


@contextmanager
def billing_app(parts: Parts) -> Iterator[FastAPI]:
    """Nobody else's meanwhile."""
    app = _idle.pop() if _idle else _App(parts)
    app.parts, app.access.rates = parts, parts.side.access.rates
    try:
        yield app.api
    finally:
        _idle.append(app)
