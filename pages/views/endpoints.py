"""`/admin/endpoints`: where other programs are told what happens, and whether they take it."""

from __future__ import annotations

from collections.abc import Mapping

from fastapi import APIRouter, Request, Response

from pages.commands import Asked, Buttons, Outcome, refused
from pages.frame import Frame
from pages.rendering import next_url, query_of
from workspace_billing import ApiError, AsyncBilling, models

HERE = "/admin/endpoints"
STATES = ("waiting", "delivered", "failed")
SHOWN = 50


def routes(frame: Frame) -> APIRouter:
    router = frame.router()

    @router.get(HERE)
    async def show(request: Request) -> Response:
        session = frame.sessions.staff(request)
        found = await frame.api.using(session.token).api.list_webhook_endpoints()
        return frame.html(request, "endpoints.html", session, endpoints=found.data)

    @router.post(f"{HERE}/new")
    async def add(request: Request) -> Response:
        """No redirect: the secret is shown once."""
        session = frame.sessions.staff(request)
        fields = await frame.form(request, session)
        try:
            made = await _added(frame.api.using(session.token), fields)
        except ApiError as error:
            return refused(error, HERE)
        return frame.html(request, "endpoint_secret.html", session, endpoint=made)

    @router.get(f"{HERE}/{{id}}")
    async def deliveries(request: Request, id: str) -> Response:  # noqa: A002
        session = frame.sessions.staff(request)
        api = frame.api.using(session.token).api
        query = query_of(request, "state", "workspace_id", "cursor")
        endpoint = await api.get_webhook_endpoint(id)
        found = await api.list_webhook_deliveries(id, **query, limit=SHOWN)
        shown = {"endpoint": endpoint, "deliveries": found.data, "states": STATES}
        return frame.html(
            request, "endpoint.html", session, next=next_url(request, found.next), **shown
        )

    buttons = Buttons(frame, router, frame.sessions.staff, HERE)
    for command in (switch, test, replay, remove):
        buttons.add(f"{HERE}/{{id}}/{command.__name__}", command)
    return router


async def _added(
    billing: AsyncBilling, fields: Mapping[str, str]
) -> models.WebhookEndpointWithSecret:
    types = fields.get("event_types", "").replace(",", " ").split()
    return await billing.api.add_webhook_endpoint(
        url=fields.get("url", ""),
        event_types=types or ["*"],
        description=fields.get("description", ""),
    )


async def switch(asked: Asked) -> Outcome:
    on = asked.text("on") == "true"
    await asked.billing.api.change_webhook_endpoint(
        asked.text("id"), state="enabled" if on else "disabled"
    )
    return "saved"


async def test(asked: Asked) -> Outcome:
    answer = await asked.billing.api.send_test_webhook(asked.text("id"))
    return "test_taken" if answer.delivered else "test_refused"


async def replay(asked: Asked) -> Outcome:
    await asked.billing.api.replay_webhooks(
        asked.text("id"),
        position=asked.text("position") or None,
        workspace_id=asked.text("workspace_id") or None,
    )
    return "replayed"


async def remove(asked: Asked) -> Outcome:
    await asked.billing.api.remove_webhook_endpoint(asked.text("id"))
    return "saved"
