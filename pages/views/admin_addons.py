"""`/admin/addons`: the catalogue of services."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, HTTPException, Request, Response

from pages.commands import Asked, Buttons, Outcome
from pages.frame import Frame

HERE = "/admin/addons"


def routes(frame: Frame) -> APIRouter:
    router = frame.router()

    @router.get(HERE)
    async def show(request: Request) -> Response:
        session = frame.sessions.staff(request)
        addons = [addon async for addon in frame.api.using(session.token).addons.list()]
        return frame.html(request, "admin_addons.html", session, addons=addons)

    @router.get(f"{HERE}/new")
    async def new(request: Request) -> Response:
        session = frame.sessions.staff(request)
        return frame.html(request, "addon.html", session, addon=None)

    @router.get(f"{HERE}/{{slug}}")
    async def edit(request: Request, slug: str) -> Response:
        session = frame.sessions.staff(request)
        listed = [addon async for addon in frame.api.using(session.token).addons.list()]
        addon = next((each for each in listed if each.slug == slug), None)
        if addon is None:
            raise HTTPException(404)
        return frame.html(request, "addon.html", session, addon=addon)

    buttons = Buttons(frame, router, frame.sessions.staff, HERE)
    buttons.add(f"{HERE}/new", create)
    buttons.add(f"{HERE}/{{slug}}", change)
    buttons.add(f"{HERE}/{{slug}}/switch", switch)
    return router


async def create(asked: Asked) -> Outcome:
    await asked.billing.addons.create(asked.text("slug"), **_entry(asked))
    return "saved"


async def change(asked: Asked) -> Outcome:
    await asked.billing.addons.change(asked.text("slug"), **_entry(asked))
    return "saved"


async def switch(asked: Asked) -> Outcome:
    await asked.billing.addons.change(asked.text("slug"), is_active=asked.text("on") == "true")
    return "saved"


def _entry(asked: Asked) -> dict[str, Any]:
    features = [line.strip() for line in asked.text("features").splitlines()]
    return {
        "name": asked.text("name"),
        "price_cents": asked.number("price_cents"),
        "currency": asked.text("currency"),
        "description": asked.text("description"),
        "features": [feature for feature in features if feature],
        "sort_order": asked.number("sort_order") or 0,
        "is_active": "is_active" in asked.fields,
    }
