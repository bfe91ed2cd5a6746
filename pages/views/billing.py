"""`/app/billing`: the plan, what it costs and gives, and everything that is done about it."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

from fastapi import APIRouter, Request, Response

from pages.commands import Asked, Buttons, Leaving, Outcome, refused
from pages.frame import Frame
from pages.rendering import see_other
from pages.session import Session
from pages.views.figures import as_listed, first, last_days
from workspace_billing import ApiError, models

HERE = "/app/billing"
MOST_INVOICES = 24


def routes(frame: Frame) -> APIRouter:
    router = frame.router()

    @router.get(HERE)
    async def show(request: Request) -> Response:
        session = frame.sessions.member(request)
        query = request.query_params
        if query.get("checkout") == "success" and session.manages:
            try:
                await frame.workspace(session).reconcile(query.get("session_id") or None)
            except ApiError as error:
                return refused(error, HERE)
            return see_other(HERE, done="subscribed")
        return frame.html(request, "billing.html", session, **await _shown(frame, session))

    @router.get(f"{HERE}/usage")
    async def usage(request: Request) -> Response:
        """What moves on the page by itself."""
        session = frame.sessions.member(request)
        entitlements = await frame.workspace(session).entitlements()
        return frame.html(request, "usage.html", session, entitlements=entitlements)

    @router.get(f"{HERE}/change")
    async def preview(request: Request, plan: str) -> Response:
        session = frame.sessions.member(request)
        return await _previewed(frame, request, session, plan)

    @router.get(f"{HERE}/cancel")
    async def preview_cancel(request: Request) -> Response:
        session = frame.sessions.member(request)
        try:
            forecast = await frame.workspace(session).preview_cancel()
        except ApiError as error:
            return refused(error, HERE)
        return frame.html(request, "billing_cancel.html", session, forecast=forecast)

    buttons = Buttons(frame, router, frame.sessions.member, HERE)
    for command in COMMANDS:
        buttons.add(f"{HERE}/{command.__name__}", command)
    return router


async def checkout(asked: Asked) -> Outcome:
    started = await asked.workspace.checkout(
        plan=asked.text("plan"),
        gateway=asked.text("gateway"),
        quantity=asked.number("quantity"),
        **_there_and_back(asked),
        **asked.expected(),
    )
    return Leaving(started.url)


async def change(asked: Asked) -> Outcome:
    changed = await asked.workspace.swap(
        asked.text("plan"), **_there_and_back(asked), **asked.expected()
    )
    if isinstance(changed, models.Checkout):
        return Leaving(changed.url)
    if isinstance(changed, models.Confirmation):
        return Leaving(changed.confirmation_url)
    return "changed" if changed.changed else "same"


async def cancel(asked: Asked) -> Outcome:
    await asked.workspace.cancel()
    return "cancelled"


async def resume(asked: Asked) -> Outcome:
    await asked.workspace.resume()
    return "resumed"


async def reconcile(asked: Asked) -> Outcome:
    await asked.workspace.reconcile()
    return "reconciled"


async def portal(asked: Asked) -> Outcome:
    return Leaving((await asked.workspace.portal(f"{asked.origin}{HERE}")).url)


async def details(asked: Asked) -> Outcome:
    await asked.workspace.change_settings(
        billing_email=asked.text("billing_email") or None,
        plan_change=asked.text("plan_change") or "prorate",
    )
    return "saved"


COMMANDS = (checkout, change, cancel, resume, reconcile, portal, details)


async def _shown(frame: Frame, session: Session) -> dict[str, Any]:
    workspace = frame.workspace(session)
    subscription, usage, entitlements, pricing = await asyncio.gather(
        workspace.subscription(),
        workspace.usage(),
        workspace.entitlements(),
        frame.api.using(session.token).plans.pricing(),
    )
    gateways = await frame.api.using(session.token).gateways() if session.manages else {}
    managed = await _managed(frame, session) if session.manages else {}
    abilities = managed.get("abilities", {})
    now = frame.renderer.clock()
    return {
        "subscription": subscription,
        "entitlements": entitlements,
        "conversations": last_days(usage, "conversations", now.date()),
        "messages": last_days(usage, "messages", now.date()),
        "plans": _offered(pricing, subscription),
        "gateways": gateways,
        "may": _possible(subscription, abilities, gateways.get(subscription.gateway or "")),
        "why_not": _reasons(abilities),
        "present": _present(pricing, subscription),
        "invoices": managed.get("invoices", []),
        "settings": managed.get("settings"),
    }


async def _managed(frame: Frame, session: Session) -> dict[str, Any]:
    workspace = frame.workspace(session)
    api = frame.api.using(session.token).api
    invoices, settings, account = await asyncio.gather(
        first(workspace.invoices(), MOST_INVOICES),
        workspace.settings(),
        api.show_subscription(session.workspace),
    )
    return {"invoices": invoices, "settings": settings, "abilities": account.abilities}


def _offered(
    pricing: models.Pricing, subscription: models.Subscription
) -> list[tuple[models.PricedPlan, bool]]:
    """And whether it is the present one."""
    plans = sorted(pricing.data, key=as_listed)
    return [(plan, plan.slug == subscription.plan) for plan in plans]


def _possible(
    subscription: models.Subscription,
    abilities: Mapping[str, models.Ability],
    gateway: models.Capabilities | None,
) -> dict[str, bool]:
    """Which buttons there are."""
    can = {name for name, each in abilities.items() if each.possible}
    goes_on = subscription.cancel_at is None
    return {
        "change": subscription.has_access and "swap" in can,
        "cancel": goes_on and "cancel" in can,
        "pause": goes_on and subscription.paused is None and "pause" in can,
        "unpause": "unpause" in can,
        "quantity": "quantity" in can,
        "resume": "resume" in can,
        "portal": bool(gateway and gateway.portal and subscription.customer_ref),
    }


def _reasons(abilities: Mapping[str, models.Ability]) -> dict[str, str]:
    """By command, why there is no button although people may look for one."""
    return {
        name: each.reason
        for name, each in abilities.items()
        if each.code == "capability_not_supported" and each.reason
    }


def _present(
    pricing: models.Pricing, subscription: models.Subscription
) -> models.PricedPlan | None:
    """None where it is not sold any more."""
    return next((plan for plan in pricing.data if plan.slug == subscription.plan), None)


async def _previewed(frame: Frame, request: Request, session: Session, slug: str) -> Response:
    pricing = await frame.api.using(session.token).plans.pricing()
    plan = next((each for each in pricing.data if each.slug == slug), None)
    if plan is None:
        return see_other(HERE, refused="plan_not_found")
    subscription = await frame.workspace(session).subscription()
    forecast: models.Forecast | None = None
    gateways: dict[str, models.Capabilities] = {}
    if subscription.has_access and subscription.gateway:
        try:
            forecast = await frame.workspace(session).preview_swap(slug)
        except ApiError as error:
            return refused(error, HERE)
    else:
        gateways = await frame.api.using(session.token).gateways()
    shown = {"plan": plan, "subscription": subscription, "forecast": forecast}
    return frame.html(
        request,
        "billing_change.html",
        session,
        gateways=[(name, name) for name in gateways],
        **shown,
    )


def _there_and_back(asked: Asked) -> dict[str, Any]:
    back = f"{asked.origin}{HERE}"
    return {
        "success_url": f"{back}?checkout=success&session_id={{CHECKOUT_SESSION_ID}}",
        "cancel_url": f"{back}?refused=cancelled_checkout",
    }
