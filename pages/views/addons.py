"""`/app/billing/addons`: services that are bought once."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from uuid import uuid4

from fastapi import APIRouter, Request, Response

from pages.commands import Asked, Buttons, Leaving, Outcome, refused
from pages.frame import Frame
from pages.rendering import see_other
from pages.session import Session
from pages.views.figures import first
from workspace_billing import ApiError

HERE = "/app/billing/addons"
MOST = 100


def routes(frame: Frame) -> APIRouter:
    router = frame.router()

    @router.get(HERE)
    async def show(request: Request) -> Response:
        session = frame.sessions.member(request)
        if request.query_params.get("checkout") == "success":
            return await _come_back(frame, session)
        workspace = frame.workspace(session)
        addons, purchases = await asyncio.gather(
            workspace.addons(), first(workspace.purchases(), MOST)
        )
        shown = {"addons": addons, "purchases": purchases}
        return frame.html(request, "addons.html", session, **shown)

    @router.get(f"{HERE}/{{slug}}")
    async def confirm(request: Request, slug: str) -> Response:
        session = frame.sessions.member(request)
        workspace = frame.workspace(session)
        addon = next((each for each in await workspace.addons() if each.slug == slug), None)
        if addon is None or not addon.can_buy:
            return see_other(HERE, refused="addon_already_purchased" if addon else "")
        payer = (await workspace.subscription()).gateway
        gateways = [] if payer else list(await frame.api.using(session.token).gateways())
        shown = {"addon": addon, "key": str(uuid4()), "gateways": gateways}
        return frame.html(request, "addons_buy.html", session, **shown)

    buttons = Buttons(frame, router, frame.sessions.member, HERE)
    buttons.add(f"{HERE}/buy", buy)
    buttons.add(f"{HERE}/purchases/{{id}}/cancel", cancel)
    return router


async def buy(asked: Asked) -> Outcome:
    """The key is the confirmation page's: pressed twice, bought once."""
    purchase = await asked.workspace.buy(
        asked.text("addon"),
        gateway=asked.text("gateway") or None,
        success_url=f"{asked.origin}{HERE}?checkout=success",
        cancel_url=f"{asked.origin}{HERE}?refused=cancelled_checkout",
        idempotency_key=asked.text("key") or None,
        **asked.expected(),
    )
    if purchase.status == "pending" and purchase.confirmation_url:
        return Leaving(purchase.confirmation_url)
    return "bought" if purchase.status == "paid" else "buy_pending"


async def cancel(asked: Asked) -> Outcome:
    await asked.billing.orders.cancel(asked.text("id"))
    return "purchase_cancelled"


async def _come_back(frame: Frame, session: Session) -> Response:
    """From the gateway's page: what is pending is asked about."""
    billing = frame.api.using(session.token)
    purchases = await first(billing.workspaces(session.workspace).purchases(), MOST)
    pending = [each.purchase_id for each in purchases if each.status == "pending"]
    try:
        settled = [await billing.orders.reconcile(purchase) for purchase in pending]
    except ApiError as error:
        return refused(error, HERE)
    told = came_of([each.status for each in settled], [each.status for each in purchases])
    return see_other(HERE, **told)


def came_of(settled: Sequence[str], known: Sequence[str]) -> dict[str, str]:
    """What is told of it: by what was pending, and else by the latest that is known, which a
    webhook may have settled before."""
    if "pending" in settled:
        return {"done": "buy_pending"}
    if "failed" in settled:
        return {"refused": "card_declined"}
    is_bought = [*settled, *known][:1] in (["paid"], ["delivered"])
    return {"done": "bought"} if is_bought else {}
