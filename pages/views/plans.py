"""`/admin/plans`: what is sold, who lives on it, and how it stands at the gateways."""

from __future__ import annotations

import json
from typing import Any

from fastapi import APIRouter, Request, Response

from pages.commands import Asked, Buttons, Outcome
from pages.frame import Frame
from pages.views.agreements import numbers

HERE = "/admin/plans"
NUMBERS = ("price_cents", "monthly_conversations")
OPTIONAL_NUMBERS = ("monthly_messages", "max_tokens_per_response", "past_due_days")


def routes(frame: Frame) -> APIRouter:
    router = frame.router()

    @router.get(HERE)
    async def show(request: Request) -> Response:
        session = frame.sessions.staff(request)
        plans = [plan async for plan in frame.api.using(session.token).plans.list()]
        return frame.html(request, "plans.html", session, plans=plans)

    @router.get(f"{HERE}/new")
    async def new(request: Request) -> Response:
        session = frame.sessions.staff(request)
        return frame.html(request, "plan.html", session, plan=None, subscribers=0)

    @router.get(f"{HERE}/{{slug}}")
    async def edit(request: Request, slug: str) -> Response:
        session = frame.sessions.staff(request)
        plans = frame.api.using(session.token).plans
        plan = await plans.get(slug)
        subscribers = sum([each.subscribers async for each in plans.list() if each.slug == slug])
        return frame.html(request, "plan.html", session, plan=plan, subscribers=subscribers)

    buttons = Buttons(frame, router, frame.sessions.staff, HERE)
    buttons.add(f"{HERE}/new", create)
    buttons.add(f"{HERE}/{{slug}}", change)
    buttons.add(f"{HERE}/{{slug}}/sync", sync)
    return router


async def create(asked: Asked) -> Outcome:
    await asked.billing.plans.create(
        asked.text("slug"), currency=asked.text("currency"), **_terms(asked)
    )
    return "saved"


async def change(asked: Asked) -> Outcome:
    await asked.billing.plans.change(asked.text("slug"), **_terms(asked))
    return "saved"


async def sync(asked: Asked) -> Outcome:
    await asked.billing.plans.sync(asked.text("slug"))
    return "synced"


def _terms(asked: Asked) -> dict[str, Any]:
    """An empty number is no cap. What the form does not show, such as other flags, it carries."""
    return {
        "name": asked.text("name"),
        "interval": asked.text("interval") or "month",
        "family": asked.text("family") or None,
        "while_paused": asked.text("while_paused") or "default_plan",
        "contact_us": "contact_us" in asked.fields,
        "is_active": "is_active" in asked.fields,
        **({"is_default": True} if "is_default" in asked.fields else {}),
        **{name: asked.number(name) for name in (*NUMBERS, *OPTIONAL_NUMBERS)},
        "features": {
            **_known(asked, "features"),
            "remove_branding": "remove_branding" in asked.fields,
        },
        "limits": numbers(asked.text("limits")),
    }


def _known(asked: Asked, name: str) -> dict[str, Any]:
    try:
        found = json.loads(asked.text(name) or "{}")
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}
