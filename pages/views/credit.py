"""`/app/billing/credits`: what was bought beyond the plan, what became of it, and buying more."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from fastapi import APIRouter, Request, Response

from pages.commands import Asked, Buttons, Outcome, whole
from pages.frame import Frame
from pages.rendering import next_url, query_of
from pages.session import Session
from workspace_billing import models

HERE = "/app/billing/credits"
SHOWN = 30
MOST_GRANTS = 20


def routes(frame: Frame) -> APIRouter:
    router = frame.router()

    @router.get(HERE)
    async def show(request: Request) -> Response:
        session = frame.sessions.member(request)
        api = frame.api.using(session.token).api
        found, entitlements, sold = await asyncio.gather(
            api.show_credits(session.workspace, limit=SHOWN, **query_of(request, "cursor")),
            frame.workspace(session).entitlements(),
            _sold(frame, session),
        )
        return frame.html(
            request,
            "credits.html",
            session,
            balances=found.balances,
            most=MOST_GRANTS,
            units={slug: each.unit for slug, each in entitlements.meters.items()},
            ledger=[(datetime.fromisoformat(each.at), each) for each in found.data],
            next=next_url(request, found.next),
            **sold,
        )

    buttons = Buttons(frame, router, frame.sessions.member, HERE)
    buttons.add(f"{HERE}/top-up", top_up)
    buttons.add(f"{HERE}/stop", stop)
    return router


async def top_up(asked: Asked) -> Outcome:
    """The price is the one that stood beside what was chosen. Raises NoNumber."""
    addon, _, price = asked.text("offer").partition(" ")
    cents, _, currency = price.partition(" ")
    await asked.billing.api.set_top_up(
        asked.session.workspace,
        asked.text("meter"),
        addon=addon,
        below=asked.number("below") or 0,
        most_a_day=asked.number("most_a_day") or 1,
        expected_price_cents=whole(cents),
        expected_currency=currency,
    )
    return "top_up_set"


async def stop(asked: Asked) -> Outcome:
    await asked.billing.api.remove_top_up(asked.session.workspace, asked.text("meter"))
    return "top_up_stopped"


def by_meter(addons: Iterable[models.OfferedAddon]) -> dict[str, list[models.OfferedAddon]]:
    """What each meter's credits can be bought with."""
    found: dict[str, list[models.OfferedAddon]] = {}
    for addon in addons:
        for granted in addon.grants:
            found.setdefault(granted.meter, []).append(addon)
    return found


async def _sold(frame: Frame, session: Session) -> dict[str, Any]:
    """For those who may buy."""
    addons: Sequence[models.OfferedAddon] = []
    rules: Sequence[models.TopUp] = []
    if session.manages:
        api = frame.api.using(session.token).api
        addons, top_ups = await asyncio.gather(
            frame.workspace(session).addons(), api.list_top_ups(session.workspace)
        )
        rules = top_ups.data
    packs = [each for each in addons if each.kind == "credits"]
    live = {each.meter: each for each in rules if each.status != "removed"}
    return {"packs": packs, "offers": by_meter(packs), "rules": live}
