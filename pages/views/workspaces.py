"""`/admin/workspaces`: who pays for what, and one workspace from every side."""

from __future__ import annotations

import asyncio
from typing import Any
from urllib.parse import quote
from uuid import uuid4

from fastapi import APIRouter, Request, Response

from pages.commands import Asked, Buttons, Outcome
from pages.frame import Frame
from pages.rendering import next_url, query_of, see_other
from pages.session import Session
from pages.views.agreements import agree, agreed, correct, grant, revoke, trial
from pages.views.figures import first, last_days
from workspace_billing import AsyncBilling, models

LIST = "/admin/workspaces"
STATUSES = (
    "pending",
    "trialing",
    "active",
    "grace",
    "past_due",
    "suspended",
    "paused",
    "cancelled",
    "expired",
)
SHOWN = 50


def routes(frame: Frame) -> APIRouter:
    router = frame.router()
    _decisions(frame, router)

    @router.get(LIST)
    async def search(request: Request) -> Response:
        session = frame.sessions.staff(request)
        query = query_of(request, "q", "status", "plan", "gateway", "currency", "cursor")
        page = await frame.api.using(session.token).api.list_subscriptions(**query, limit=SHOWN)
        return frame.html(
            request,
            "workspaces.html",
            session,
            found=page.data,
            next=next_url(request, page.next),
            statuses=STATUSES,
        )

    @router.get(f"{LIST}/go")
    async def go(request: Request) -> Response:
        """To one by its exact name, also when it never subscribed."""
        frame.sessions.staff(request)
        named = request.query_params.get("workspace", "").strip() or "-"
        return see_other(f"{LIST}/{quote(named, safe='')}")

    @router.get(f"{LIST}/{{ws}}")
    async def show(request: Request, ws: str) -> Response:
        session = frame.sessions.staff(request)
        return frame.html(request, "workspace.html", session, **await _whole(frame, session, ws))

    buttons = Buttons(frame, router, frame.sessions.staff, f"{LIST}/{{ws}}")
    for command in COMMANDS:
        proof = command in IRREVOCABLE
        buttons.add(f"{LIST}/{{ws}}/{command.__name__}", command, proof=proof)
    return router


def _decisions(frame: Frame, router: APIRouter) -> None:
    @router.get("/admin/decision")
    async def why(request: Request) -> Response:
        """Why somebody was refused, for those who read no history."""
        session = frame.sessions.staff(request)
        asked = request.query_params.get("id", "").strip() or "-"
        told = await frame.api.using(session.token).api.explain_decision(asked)
        return frame.html(request, "decision.html", session, told=told, traced=None)


async def _whole(frame: Frame, session: Session, ws: str) -> dict[str, Any]:
    billing = frame.api.using(session.token)
    workspace = billing.workspaces(ws)
    (
        (subscription, usage, entitlements, settings),
        (invoices, purchases, told, plans, granted),
    ) = await asyncio.gather(
        asyncio.gather(
            workspace.subscription(),
            workspace.usage(),
            workspace.entitlements(),
            workspace.settings(),
        ),
        asyncio.gather(
            first(workspace.invoices(), SHOWN),
            first(workspace.purchases(), SHOWN),
            _timeline(billing, session, ws),
            _free_plans(billing, session),
            billing.api.show_credits(ws, limit=1),
        ),
    )
    return {
        "ws": ws,
        "here": f"{LIST}/{ws}",
        "subscription": subscription,
        "entitlements": entitlements,
        "conversations": last_days(usage, "conversations", frame.renderer.clock().date()),
        "invoices": invoices,
        "purchases": purchases,
        "settings": settings,
        "timeline": told,
        "free_plans": plans,
        "agreed": agreed(
            entitlements.overrides, {name: each.mode for name, each in entitlements.meters.items()}
        ),
        "grant_id": str(uuid4()),
        "balances": granted.balances,
        "units": {slug: each.unit for slug, each in entitlements.meters.items()},
    }


async def _timeline(billing: AsyncBilling, session: Session, ws: str) -> list[models.TimelineEntry]:
    """The latest first. Support reads no history."""
    if session.role == "support":
        return []
    return [entry async for entry in billing.audit.timeline(ws)][: -SHOWN - 1 : -1]


async def _free_plans(billing: AsyncBilling, session: Session) -> list[models.PricedPlan]:
    if session.role != "super_admin":
        return []
    return [plan for plan in (await billing.plans.pricing()).data if plan.price_cents == 0]


async def reconcile(asked: Asked) -> Outcome:
    await asked.workspace.reconcile()
    return "reconciled"


async def cancel(asked: Asked) -> Outcome:
    await asked.workspace.cancel(asked.text("reason"))
    return "cancelled"


async def assign(asked: Asked) -> Outcome:
    await asked.workspace.assign_plan(asked.text("plan"))
    return "assigned"


async def refund(asked: Asked) -> Outcome:
    """The key is the form's: sent twice, given back once."""
    await asked.workspace.refund_invoice(
        asked.text("invoice"),
        asked.text("reason"),
        amount_cents=asked.number("amount_cents"),
        idempotency_key=asked.text("key") or None,
    )
    return "refunded"


async def forget(asked: Asked) -> Outcome:
    await asked.billing.api.forget_reference(
        asked.text("ws"),
        gateway=asked.text("gateway"),
        ref=asked.text("ref"),
        reason=asked.text("reason"),
    )
    return "saved"


async def adopt(asked: Asked) -> Outcome:
    await asked.billing.api.adopt_subscription(
        asked.text("ws"), gateway=asked.text("gateway"), subscription_ref=asked.text("ref")
    )
    return "saved"


async def erase(asked: Asked) -> Outcome:
    done = await asked.billing.api.erase_workspace(
        asked.text("ws"), workspace=asked.text("workspace")
    )
    return "erased_before" if done.erased_before else "erased"


COMMANDS = (
    reconcile,
    cancel,
    assign,
    refund,
    forget,
    adopt,
    agree,
    grant,
    revoke,
    correct,
    trial,
    erase,
)
IRREVOCABLE = (refund, erase)
