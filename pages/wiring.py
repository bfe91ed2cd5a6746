"""Puts the pages together: `url` is where the APIs answer, `transport` how they are reached,
`app_url` the product, `sign_in_url` where people of the platform sign in and `sign_out_url` where
they sign out of that."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass

import httpx
from fastapi import APIRouter

from pages.frame import Frame
from pages.rendering import Renderer
from pages.session import Sessions
from pages.views import (
    addons,
    admin,
    admin_addons,
    audit,
    billing,
    credit,
    endpoints,
    entrance,
    orders,
    plans,
    pricing,
    profile,
    revenue,
    subscription,
    webhooks,
    workspaces,
)
from workspace_billing import AsyncBilling, Retries

VIEWS = (
    *(entrance, pricing, subscription, billing, profile, credit, addons),
    *(admin, workspaces, plans, admin_addons, orders, endpoints, webhooks, revenue, audit),
)


@dataclass(frozen=True)
class Pages:
    routers: Sequence[APIRouter]
    http: httpx.AsyncClient

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        async with self.http:
            yield


def build(
    *,
    url: str,
    origin: str,
    renderer: Renderer,
    app_url: str = "",
    sign_in_url: str = "",
    sign_out_url: str = "",
    transport: httpx.AsyncBaseTransport | None = None,
) -> Pages:
    http = httpx.AsyncClient(transport=transport, trust_env=False)
    billing = AsyncBilling(url, http=http, retries=Retries(attempts=3, seconds=8))
    sessions = Sessions(origin, renderer.clock)
    frame = Frame(billing, renderer, sessions, origin, app_url, sign_in_url, sign_out_url)
    views = [view.routes(frame) for view in VIEWS]
    return Pages([*views, entrance.fallback(frame)], http)
