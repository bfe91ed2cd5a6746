"""`/admin/revenue`: what comes in again and again, what moved it, and the money beside it."""

from __future__ import annotations

import asyncio

from fastapi import APIRouter, Request, Response

from pages.frame import Frame
from pages.rendering import next_url, query_of
from pages.views.admin import MONTHS, by_currency

HERE = "/admin/revenue"
SHOWN = 50


def routes(frame: Frame) -> APIRouter:
    router = frame.router()

    @router.get(HERE)
    async def show(request: Request) -> Response:
        session = frame.sessions.staff(request)
        api = frame.api.using(session.token).api
        query = query_of(request, "currency", "month")
        revenue, movements, payments = await asyncio.gather(
            api.show_revenue(currency=query["currency"], limit=MONTHS),
            api.list_movements(**query, limit=SHOWN, cursor=request.query_params.get("cursor")),
            api.list_payments(**query, limit=SHOWN),
        )
        return frame.html(
            request,
            "revenue.html",
            session,
            currencies=by_currency(revenue.data),
            movements=movements.data,
            payments=payments.data,
            next=next_url(request, movements.next),
        )

    @router.get(f"{HERE}/movements/{{event}}")
    async def explain(request: Request, event: str) -> Response:
        session = frame.sessions.staff(request)
        found = await frame.api.using(session.token).api.explain_movement(event)
        shown = {"title": event, "events": found.data, "next": ""}
        return frame.html(request, "events.html", session, **shown)

    return router
