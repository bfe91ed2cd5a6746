"""Beside the plan itself: how many units of it there are, and whether it rests."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response

from pages.commands import Asked, Buttons, Leaving, Outcome, refused
from pages.frame import Frame
from pages.rendering import see_other
from workspace_billing import ApiError, models

BACK = "/app/billing"


def routes(frame: Frame) -> APIRouter:
    router = frame.router()

    @router.get(f"{BACK}/quantity")
    async def preview(request: Request, quantity: str = "") -> Response:
        session = frame.sessions.member(request)
        if not quantity.isdecimal() or not session.manages:
            return see_other(BACK, refused="validation_failed")
        api = frame.api.using(session.token).api
        try:
            forecast = await api.change_quantity(
                session.workspace, dry_run=True, quantity=int(quantity[:9])
            )
        except ApiError as error:
            return refused(error, BACK)
        shown = {"quantity": int(quantity[:9]), "forecast": forecast}
        return frame.html(request, "billing_quantity.html", session, **shown)

    buttons = Buttons(frame, router, frame.sessions.member, BACK)
    for command in (quantity, pause, unpause):
        buttons.add(f"{BACK}/{command.__name__}", command)
    return router


async def quantity(asked: Asked) -> Outcome:
    return _outcome(
        await asked.billing.api.change_quantity(
            asked.session.workspace, quantity=asked.number("quantity") or 0
        ),
        "changed",
    )


async def pause(asked: Asked) -> Outcome:
    until = asked.text("resumes_on")
    resumes_at = f"{until}T00:00:00Z" if until else None
    return _outcome(
        await asked.billing.api.pause_subscription(asked.session.workspace, resumes_at=resumes_at),
        "paused",
    )


async def unpause(asked: Asked) -> Outcome:
    return _outcome(
        await asked.billing.api.unpause_subscription(asked.session.workspace), "resumed"
    )


def _outcome(answer: models.Account | models.Confirmation | models.Forecast, done: str) -> Outcome:
    if isinstance(answer, models.Confirmation):
        return Leaving(answer.confirmation_url)
    return done
