"""Quantity, discount, pause and trial of a subscription, over HTTP."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Body, Query, Response
from pydantic import AwareDatetime

from gateways.port import ActionRequired
from kernel.clock import as_utc
from runtime.eventstore.store import EventStore
from runtime.web.auth import Access, Principal
from runtime.web.commands import command_router
from runtime.web.idempotency import IdempotencyKeys
from runtime.web.openapi import means
from services.billing.application.billing import Billing
from services.billing.domain.account.state import Account
from services.billing.http import account_bodies as bodies
from services.billing.http import refusals
from services.billing.http.account_requests import Quantity
from services.billing.http.discount_bodies import Code
from services.billing.http.sale_bodies import Request

DryRun = Annotated[bool, Query(description="Answer what would happen, and do nothing.")]
Answer = bodies.SubscriptionBody | bodies.ConfirmationBody | bodies.ForecastBody
CONFIRMED: dict[int | str, dict[str, Any]] = {
    202: {
        "model": bodies.ConfirmationBody,
        "description": "The bank wants the card's owner there; nothing changes until then.",
    },
}


class QuantityChange(Request):
    """How many units there are to be."""

    quantity: Quantity


class DiscountRequest(Request):
    """A discount by its code."""

    code: Code


class PauseRequest(Request):
    """Without an end it lasts until it is taken back."""

    resumes_at: Annotated[
        AwareDatetime | None, means("When it ends by itself.", "2027-01-01T00:00:00Z")
    ] = None


class TrialChange(Request):
    """Another end of the trial that runs."""

    ends_at: Annotated[AwareDatetime, means("What is past is now.", "2027-01-01T00:00:00Z")]


def adjustment_routes(
    billing: Billing, store: EventStore, keys: IdempotencyKeys, access: Access
) -> APIRouter:
    router = command_router(
        store, keys, prefix="/v1/billing/workspaces/{ws}/subscription", tags=["subscriptions"]
    )
    _quantity_route(router, billing, access)
    _discount_routes(router, billing, access)
    _pause_routes(router, billing, access)
    _trial_route(router, billing, access)
    return router


def _quantity_route(router: APIRouter, billing: Billing, access: Access) -> None:
    admin: Any = access.workspace_admin

    @router.post("/quantity", responses=CONFIRMED, openapi_extra=refusals.OF_QUANTITIES)
    def change_quantity(
        ws: str,
        body: QuantityChange,
        response: Response,
        dry_run: DryRun = False,
        principal: Principal = admin,
    ) -> Answer:
        """Change how many units are paid for. At once, and prorated on the next invoice. Fewer
        than are in use are allowed."""
        adjust = billing.adjust_subscription
        if dry_run:
            return bodies.forecast_body(adjust.foresee_quantity(ws, body.quantity))
        return _answer(billing, response, adjust.quantity(ws, body.quantity, principal.cause()))


def _discount_routes(router: APIRouter, billing: Billing, access: Access) -> None:
    admin: Any = access.workspace_admin

    @router.post("/discount", responses=CONFIRMED, openapi_extra=refusals.OF_DISCOUNTS)
    def give_discount(
        ws: str,
        body: DiscountRequest,
        response: Response,
        dry_run: DryRun = False,
        principal: Principal = admin,
    ) -> Answer:
        """Take a discount off the next invoices. In the place of those that the subscription has;
        a workspace is given each code once."""
        adjust = billing.adjust_subscription
        if dry_run:
            return bodies.forecast_body(adjust.foresee_discount(ws, body.code))
        return _answer(billing, response, adjust.discount(ws, body.code, principal.cause()))

    @router.delete("/discount", responses=CONFIRMED, openapi_extra=refusals.OF_ENDED_DISCOUNTS)
    def end_discount(
        ws: str, response: Response, dry_run: DryRun = False, principal: Principal = admin
    ) -> Answer:
        """Take the discounts of the subscription away. The next invoices are at the full price."""
        adjust = billing.adjust_subscription
        if dry_run:
            return bodies.forecast_body(adjust.foresee_end_discount(ws))
        return _answer(billing, response, adjust.end_discount(ws, principal.cause()))


def _pause_routes(router: APIRouter, billing: Billing, access: Access) -> None:
    admin: Any = access.workspace_admin

    @router.post("/pause", responses=CONFIRMED, openapi_extra=refusals.OF_PAUSES)
    def pause_subscription(
        ws: str,
        response: Response,
        body: Annotated[PauseRequest | None, Body()] = None,
        dry_run: DryRun = False,
        principal: Principal = admin,
    ) -> Answer:
        """Let the subscription rest. Nothing is charged meanwhile, and the workspace lives on the
        default plan."""
        resumes_at = _utc(body.resumes_at) if body is not None and body.resumes_at else None
        adjust = billing.adjust_subscription
        if dry_run:
            return bodies.forecast_body(adjust.foresee_pause(ws, resumes_at))
        return _answer(billing, response, adjust.pause(ws, resumes_at, principal.cause()))

    @router.post("/unpause", responses=CONFIRMED, openapi_extra=refusals.OF_PAUSES)
    def unpause_subscription(
        ws: str, response: Response, dry_run: DryRun = False, principal: Principal = admin
    ) -> Answer:
        """Take a pause back. The subscription goes on, and is charged again."""
        adjust = billing.adjust_subscription
        if dry_run:
            return bodies.forecast_body(adjust.foresee_unpause(ws))
        return _answer(billing, response, adjust.unpause(ws, principal.cause()))


def _trial_route(router: APIRouter, billing: Billing, access: Access) -> None:
    super_admin: Any = access.super_admin

    @router.post("/trial", responses=CONFIRMED, openapi_extra=refusals.OF_TRIALS)
    def change_trial(
        ws: str,
        body: TrialChange,
        response: Response,
        dry_run: DryRun = False,
        principal: Principal = super_admin,
    ) -> Answer:
        """Let a trial that runs end later, or now. What ends now is charged now."""
        ends_at, adjust = _utc(body.ends_at), billing.adjust_subscription
        if dry_run:
            return bodies.forecast_body(adjust.foresee_trial(ws, ends_at))
        return _answer(billing, response, adjust.trial(ws, ends_at, principal.cause()))


def _utc(instant: datetime) -> datetime:
    """Gateways count whole seconds."""
    return as_utc(instant).replace(microsecond=0)


def _answer(billing: Billing, response: Response, outcome: Account | ActionRequired) -> Answer:
    if isinstance(outcome, ActionRequired):
        response.status_code = 202
        return bodies.ConfirmationBody(confirmation_url=outcome.url)
    return bodies.subscription_answer(billing, outcome)
