"""`/admin/revenue`: what comes in again and again, what moved it, and the money beside it."""

from __future__ import annotations

import asyncio

from fastapi import APIRouter, Request, Response

from pages.frame import Frame
from pages.rendering import next_url, query_of
from pages.views.admin import MONTHS, by_currency

HERE = "/admin/revenue"
SHOWN = 50
COHORTS = 12
# Columns: the month in which they began, and half a year or a year after it.
AGES, AGES_OF_ALL = 7, 13


def routes(frame: Frame) -> APIRouter:
    router = frame.router()
    _details(frame, router)

    @router.get(HERE)
    async def show(request: Request) -> Response:
        session = frame.sessions.staff(request)
        api = frame.api.using(session.token).api
        query = query_of(request, "currency", "month")
        began = query_of(request, "cohort", "plan", "until", "cursor")
        revenue, cohorts, movements, payments = await asyncio.gather(
            api.show_revenue(currency=query["currency"], limit=MONTHS),
            api.list_cohorts(currency=query["currency"], limit=COHORTS),
            api.list_movements(
                **query,
                cohort=began["cohort"],
                cohort_plan=began["plan"],
                until=began["until"],
                limit=SHOWN,
                cursor=began["cursor"],
            ),
            api.list_payments(**query, limit=SHOWN),
        )
        return frame.html(
            request,
            "revenue.html",
            session,
            currencies=by_currency(revenue.data),
            cohorts=cohorts.data,
            ages=AGES,
            movements=movements.data,
            payments=payments.data,
            next=next_url(request, movements.next),
        )

    return router


def _details(frame: Frame, router: APIRouter) -> None:
    @router.get(f"{HERE}/cohorts")
    async def cohorts(request: Request) -> Response:
        session = frame.sessions.staff(request)
        query = query_of(request, "currency", "plan", "cursor")
        found = await frame.api.using(session.token).api.list_cohorts(**query, limit=COHORTS)
        shown = {"cohorts": found.data, "ages": AGES_OF_ALL, "next": next_url(request, found.next)}
        return frame.html(request, "cohorts.html", session, **shown)

    @router.get(f"{HERE}/movements/{{event}}")
    async def explain(request: Request, event: str) -> Response:
        session = frame.sessions.staff(request)
        found = await frame.api.using(session.token).api.explain_movement(event)
        shown = {"title": event, "events": found.data, "next": ""}
        return frame.html(request, "events.html", session, **shown)
