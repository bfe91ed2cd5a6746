"""What a workspace does about its plan, over HTTP."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Body, Query, Response

from gateways.port import ActionRequired
from kernel.errors import ValidationFailed
from runtime.eventstore.store import EventStore
from runtime.web.auth import Access, Principal
from runtime.web.commands import command_router
from runtime.web.idempotency import IdempotencyKeys
from services.billing.application.billing import Billing
from services.billing.application.change_settings import SettingsChange
from services.billing.application.start_checkout import CheckoutCommand
from services.billing.application.swap_plan import SwapCommand
from services.billing.domain.account.checkout import Checkout
from services.billing.domain.account.state import Account
from services.billing.http import account_bodies as bodies
from services.billing.http import account_requests as requests
from services.billing.http import refusals

DryRun = Annotated[bool, Query(description="Answer what would happen, and do nothing.")]
SWAPPED: dict[int | str, dict[str, Any]] = {
    201: {"model": bodies.CheckoutBody, "description": "The new plan has to be paid for there."},
    202: {
        "model": bodies.ConfirmationBody,
        "description": "The bank wants the card's owner there; nothing changes until then.",
    },
}


def account_routes(
    billing: Billing, store: EventStore, keys: IdempotencyKeys, access: Access
) -> APIRouter:
    router = command_router(
        store, keys, prefix="/v1/billing/workspaces/{ws}", tags=["subscriptions"]
    )
    _checkout_routes(router, billing, access)
    _lifecycle_routes(router, billing, access)
    _swap_route(router, billing, access)
    _platform_routes(router, billing, access)
    _payer_routes(router, billing, access)
    return router


def _checkout_routes(router: APIRouter, billing: Billing, access: Access) -> None:
    admin: Any = access.workspace_admin

    @router.post("/checkout", status_code=201, openapi_extra=refusals.OF_CHECKOUTS)
    def start_checkout(
        ws: str, body: requests.NewCheckout, principal: Principal = admin
    ) -> bodies.CheckoutBody:
        """Begin to pay for a plan. The customer pays at `url`; then the webhook or `reconcile`,
        whichever comes first, makes it a subscription. A second checkout takes the place of the
        first."""
        access.rates.checkouts.spend(ws)
        command = CheckoutCommand(
            *(body.plan, body.gateway, body.success_url, body.cancel_url, body.expected()),
            quantity=body.quantity,
            discount=body.discount,
            currency=body.currency,
        )
        email = billing.change_settings.billing_email(ws) or principal.email
        checkout = billing.start_checkout(ws, command, principal.cause(), email)
        return bodies.checkout_body(checkout)

    @router.post("/reconcile", openapi_extra=refusals.OF_OBSERVING)
    def reconcile_workspace(
        ws: str,
        body: Annotated[requests.Reconciliation | None, Body()] = None,
        principal: Principal = access.workspace_admin_or_support,
    ) -> bodies.SubscriptionBody:
        """Ask the gateway how the workspace stands, and apply it. Safe on every page load: it shows
        the right plan where a webhook is late or lost."""
        session = body.session_id if body is not None else None
        return _shown(billing, billing.reconcile(ws, session, principal.cause()))


def _lifecycle_routes(router: APIRouter, billing: Billing, access: Access) -> None:
    admin: Any = access.workspace_admin

    @router.get("/subscription")
    def show_subscription(
        ws: str, _: Principal = access.workspace_admin_or_support
    ) -> bodies.SubscriptionBody:
        """How the workspace stands, as far as it is known, and what can be done about it now. No
        gateway is asked."""
        return _shown(billing, billing.accounts.load(ws).account)

    @router.post("/subscription/cancel", openapi_extra=refusals.OF_CANCELLING)
    def cancel_subscription(
        ws: str,
        body: Annotated[requests.Cancellation | None, Body()] = None,
        dry_run: DryRun = False,
        principal: Principal = access.workspace_admin_or_support,
    ) -> bodies.SubscriptionBody | bodies.ForecastBody:
        """Cancel the subscription. It ends when the gateway ends it: at the end of what is paid
        for, or at once (`cancels` of `listGateways`)."""
        if dry_run:
            return bodies.forecast_body(billing.cancel_subscription.foresee(ws))
        reason = (body.reason if body is not None else None) or ""
        if not reason and not principal.manages(ws):
            raise ValidationFailed(
                "Support gives a reason.", fields=[{"field": "reason", "message": "is needed"}]
            )
        return _shown(billing, billing.cancel_subscription(ws, principal.cause(), reason))

    @router.post("/subscription/resume", openapi_extra=refusals.OF_RESUMING)
    def resume_subscription(
        ws: str, dry_run: DryRun = False, principal: Principal = admin
    ) -> bodies.SubscriptionBody | bodies.ForecastBody:
        """Take a scheduled cancellation back. Possible until it has taken effect, and where the
        gateway can."""
        if dry_run:
            return bodies.forecast_body(billing.resume_subscription.foresee(ws))
        return _shown(billing, billing.resume_subscription(ws, principal.cause()))


def _swap_route(router: APIRouter, billing: Billing, access: Access) -> None:
    admin: Any = access.workspace_admin

    @router.post("/subscription/swap", responses=SWAPPED, openapi_extra=refusals.OF_SWAPPING)
    def swap_plan(
        ws: str,
        body: requests.Swap,
        response: Response,
        dry_run: DryRun = False,
        principal: Principal = admin,
    ) -> bodies.SwapAnswer:
        """Change to another plan. In place where the gateway can, else with a new checkout that
        takes the old subscription's place when it is paid: never both."""
        cause = principal.cause()
        if dry_run:
            return bodies.forecast_body(billing.swap_plan.foresee(ws, body.plan, cause))
        access.rates.checkouts.spend(ws)
        swap = SwapCommand(body.plan, body.success_url, body.cancel_url, body.expected())
        email = billing.change_settings.billing_email(ws) or principal.email
        outcome = billing.swap_plan(ws, swap, cause, email)
        if isinstance(outcome, Checkout):
            response.status_code = 201
            return bodies.checkout_body(outcome)
        if isinstance(outcome, ActionRequired):
            response.status_code = 202
            return bodies.ConfirmationBody(confirmation_url=outcome.url)
        return _shown(billing, outcome)


def _platform_routes(router: APIRouter, billing: Billing, access: Access) -> None:
    admin: Any = access.workspace_admin
    super_admin: Any = access.super_admin

    @router.put("/plan", openapi_extra=refusals.OF_ASSIGNING)
    def assign_plan(
        ws: str, body: requests.Assignment, principal: Principal = super_admin
    ) -> bodies.SubscriptionBody:
        """Put a workspace on a plan that costs nothing."""
        assigned = billing.assign_plan(ws, body.plan, principal.cause())
        return _shown(billing, assigned)

    @router.get("/settings")
    def show_settings(
        ws: str, _: Principal = access.workspace_admin_or_support
    ) -> bodies.SettingsBody:
        """What the workspace has decided about its billing."""
        account = billing.accounts.load(ws).account
        return bodies.settings_body(account, billing.change_settings.billing_email(ws))

    @router.patch("/settings")
    def change_settings(
        ws: str, body: requests.SettingsPatch, principal: Principal = admin
    ) -> bodies.SettingsBody:
        """Decide how changes of plan take effect, and where invoices go."""
        forgets = "billing_email" in body.model_fields_set and body.billing_email is None
        change = SettingsChange(body.plan_change, body.billing_email, clear_email=forgets)
        account = billing.change_settings(ws, change, principal.cause())
        return bodies.settings_body(account, billing.change_settings.billing_email(ws))


def _payer_routes(router: APIRouter, billing: Billing, access: Access) -> None:
    admin: Any = access.workspace_admin

    @router.post("/portal", status_code=201, openapi_extra=refusals.OF_THE_PORTAL)
    def open_portal(
        ws: str,
        body: Annotated[requests.PortalRequest | None, Body()] = None,
        _: Principal = admin,
    ) -> bodies.PortalBody:
        """Open the gateway's own page for its customer. Where it has one: `portal` of
        `listGateways`."""
        return_url = body.return_url if body is not None else None
        return bodies.PortalBody(url=billing.open_portal(ws, return_url))

    @router.get("/invoices", openapi_extra=refusals.OF_ASKING)
    def ask_for_invoices(
        ws: str, _: Principal = access.workspace_admin_or_support
    ) -> bodies.InvoicesBody:
        """The invoices, as the gateway has them at this moment. Those that were observed stand in
        `listWorkspaceInvoices`."""
        found = billing.list_invoices(ws)
        return bodies.InvoicesBody(data=[bodies.invoice_body(each) for each in found])


def _shown(billing: Billing, account: Account) -> bodies.SubscriptionBody:
    return bodies.subscription_answer(billing, account)
