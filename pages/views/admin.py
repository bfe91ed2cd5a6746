"""`/admin`: how things stand today."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from urllib.parse import urlencode

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse

from pages.frame import Frame
from pages.rendering import HEADERS
from pages.session import ProofNeeded
from workspace_billing import BillingError, models

MONTHS = 36
SHOWN = 10
# Percent of a quota from which a workspace is told of.
NEAR = 80
# The page does not wait any longer to tell how things stand.
READY_SECONDS = 1.5


def routes(frame: Frame) -> APIRouter:
    router = frame.router()

    @router.get("/admin")
    async def show(request: Request) -> Response:
        session = frame.sessions.staff(request)
        api = frame.api.using(session.token).api
        revenue, webhooks, late, near, ready = await asyncio.gather(
            api.show_revenue(limit=MONTHS),
            api.list_webhooks(limit=1),
            api.list_subscriptions(status="past_due", limit=SHOWN),
            api.list_usage(near=NEAR, limit=SHOWN),
            _readiness(frame),
        )
        proofs = session.role != "support"
        return frame.html(
            request,
            "admin.html",
            session,
            currencies=by_currency(revenue.data),
            waiting=webhooks.totals,
            late=late.data,
            reached=near.data,
            ready=ready,
            heads=(await api.show_heads()).data if proofs else [],
        )

    @router.get("/admin/again")
    async def again(request: Request, page: str = "") -> Response:
        """To prove who one is once more."""
        frame.sessions.staff(request)
        if not frame.sign_in_url:
            raise ProofNeeded
        query = {"page": page, "again": "true"}
        return RedirectResponse(f"{frame.sign_in_url}?{urlencode(query)}", 303, HEADERS)

    return router


async def _readiness(frame: Frame) -> models.Ready | None:
    """None where the process of the APIs is not ready, or does not say so in time."""
    try:
        return await asyncio.wait_for(frame.api.readiness(), READY_SECONDS)
    except (BillingError, TimeoutError):
        return None


def by_currency(months: list[models.MonthOfRevenue]) -> dict[str, list[models.MonthOfRevenue]]:
    """Oldest first, as charts want them."""
    found: dict[str, list[models.MonthOfRevenue]] = defaultdict(list)
    for month in reversed(months):
        found[month.currency].append(month)
    return dict(found)
