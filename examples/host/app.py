"""An AI-chat product that bills its workspace: plans, checkout, quotas, streaming, add-ons.

make run        # billing, in another terminal
make example    # this, on http://127.0.0.1:8001

Who is signed in is the host's own business: here it is always Ann, who owns one workspace.
"""

import asyncio
import os
import uuid
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

from fastapi import FastAPI, Request, Response
from fastapi.responses import JSONResponse, RedirectResponse, StreamingResponse
from fastapi.staticfiles import StaticFiles
from pydantic import BaseModel

from workspace_billing import ApiError, AsyncBilling, Money, ServiceTokens, errors, models

PAGES = Path(__file__).parent / "pages"
SECRET = os.environ.get("BILLING_JWT_SECRET") or Path(".data/jwt.secret").read_text().strip()
WORKSPACE = os.environ.get("HOST_WORKSPACE", "example")

tokens = ServiceTokens(SECRET)
ann = tokens.for_user("ann", {WORKSPACE: "owner"}, email="ann@example.com", name="Ann")
billing = AsyncBilling(os.environ.get("BILLING_URL", "http://127.0.0.1:8000"), auth=tokens)
# What the product asks, and what its user decides. Both see what the other has done.
host = billing.workspaces(WORKSPACE)
shop = billing.using(ann).workspaces(WORKSPACE)
app = FastAPI(title="A host")


class Message(BaseModel):
    id: str
    text: str


@app.exception_handler(ApiError)
async def refused(_: Request, error: Exception) -> Response:
    """Billing's refusals are our users' answers: same status, same envelope."""
    assert isinstance(error, ApiError)
    return JSONResponse(error.envelope, error.status)


# --- the billing page ---------------------------------------------------------------------------


@app.get("/api/billing")
async def show_billing() -> dict[str, Any]:
    """Plan and usage as they are after whatever was just done."""
    pricing, now, addons = await asyncio.gather(
        billing.plans.pricing(), host.entitlements(), shop.addons()
    )
    return {
        "plan": now.plan,
        "used": now.used.model_dump(),
        "remaining": now.remaining.model_dump(),
        "plans": [
            {"slug": plan.slug, "name": plan.name, "price": price(plan), "each": plan.interval}
            for plan in pricing.data
            if plan.price_cents
        ],
        "addons": [
            {"slug": each.slug, "name": each.name, "price": price(each), "can_buy": each.can_buy}
            for each in addons
        ],
    }


def price(sold: Any) -> str:
    return str(Money.of_cents(sold.price_cents, sold.currency))


@app.post("/api/plans/{slug}")
async def choose_plan(slug: str, request: Request) -> dict[str, str]:
    """Swaps where there is a subscription; else its user has to pay, on the gateway's page."""
    back = f"{request.base_url}billing/return?seen={shop.bookmark()}"
    subscription = await shop.subscription()
    if subscription.gateway and subscription.has_access:
        changed = await shop.swap(slug, success_url=back, cancel_url=str(request.base_url))
        match changed:
            case models.Checkout():
                return {"url": changed.url}
            case models.Confirmation():
                return {"url": changed.confirmation_url}
        return {"url": "/"}
    checkout = await shop.checkout(
        plan=slug, gateway="sandbox", success_url=back, cancel_url=str(request.base_url)
    )
    return {"url": checkout.url}


@app.get("/billing/return")
async def come_back(seen: str = "") -> RedirectResponse:
    """The gateway is asked, so that the right plan is shown before any webhook has arrived."""
    await billing.using(ann).workspaces(WORKSPACE, bookmark=seen).reconcile()
    return RedirectResponse("/")


@app.post("/api/addons/{slug}")
async def buy_addon(slug: str, request: Request) -> dict[str, str]:
    """The saved card is charged; without one the buyer goes to a page."""
    page = str(request.base_url)
    bought = await shop.buy(slug, success_url=page, cancel_url=page)
    return {"status": bought.status, "url": bought.confirmation_url or "/"}


# --- the chat -----------------------------------------------------------------------------------


@app.get("/api/widget")
async def open_widget() -> dict[str, Any]:
    """Nobody's chat is closed because billing is slow: without an answer in 0.3 s it is open."""
    check = await host.can_start_conversation(on_error="allow", seconds=0.3)
    if check.refusal is not None:
        return check.refusal.envelope
    return {"conversation": uuid.uuid4().hex}


@app.post("/api/conversations/{id}")
async def start(id: str) -> dict[str, str]:
    """Holds a unit; of many at once exactly as many start as are left."""
    return {"status": (await host.conversation(id).start()).status}


@app.post("/api/conversations/{id}/messages")
async def say(id: str, message: Message) -> Response:
    """A quota that is used up is one frame of the stream that the widget reads anyway."""
    try:
        await host.message(message.id)
    except errors.MessageQuotaExceeded as full:
        return Response(full.sse(), full.status, media_type="text/event-stream")
    tokens = (await host.entitlements()).max_tokens
    return StreamingResponse(reply(id, message.text, tokens), media_type="text/event-stream")


async def reply(conversation: str, text: str, tokens: int) -> AsyncIterator[str]:
    """A model would speak here. The conversation counts once its first turn is complete; one that
    breaks off gives its unit back by itself."""
    for word in f"You said: {text}".split()[:tokens]:
        await asyncio.sleep(0.02)
        yield f"data: {word}\n\n"
    await host.conversation(conversation).first_turn()
    yield "event: done\ndata: {}\n\n"


app.mount("/", StaticFiles(directory=PAGES, html=True))
