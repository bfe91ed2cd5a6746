"""`/admin/webhooks`: what gateways told, and what could not be dealt with."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response

from pages.commands import Asked, Buttons, Outcome
from pages.frame import Frame
from pages.rendering import next_url, query_of

HERE = "/admin/webhooks"
STATES = ("received", "retry", "parked", "processed")
SHOWN = 50


def routes(frame: Frame) -> APIRouter:
    router = frame.router()

    @router.get(HERE)
    async def show(request: Request) -> Response:
        session = frame.sessions.staff(request)
        query = query_of(request, "q", "state", "gateway", "workspace", "cursor")
        page = await frame.api.using(session.token).api.list_webhooks(**query, limit=SHOWN)
        return frame.html(
            request,
            "webhooks.html",
            session,
            found=page.data,
            totals=page.totals,
            next=next_url(request, page.next),
            states=STATES,
        )

    @router.get(f"{HERE}/{{gateway}}/{{id}}/caused")
    async def caused(request: Request, gateway: str, id: str) -> Response:  # noqa: A002
        session = frame.sessions.staff(request)
        found = await frame.api.using(session.token).api.follow_cause(f"webhook:{gateway}:{id}")
        title = f"{gateway} {id}"
        return frame.html(request, "events.html", session, title=title, events=found.data, next="")

    buttons = Buttons(frame, router, frame.sessions.staff, HERE)
    buttons.add(f"{HERE}/{{gateway}}/{{id}}/retry", retry)
    return router


async def retry(asked: Asked) -> Outcome:
    await asked.billing.retry_webhook(asked.text("gateway"), asked.text("id"))
    return "retried"
