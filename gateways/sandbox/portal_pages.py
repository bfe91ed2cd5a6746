"""The customer portal."""

from __future__ import annotations

from fastapi import APIRouter, Request
from fastapi.responses import Response

from gateways.sandbox.client import SandboxClient
from gateways.sandbox.hosted import Fields, Render, hosted_router, see_other
from gateways.sandbox.simulation import portals
from gateways.sandbox.simulation.cards import CARDS, card
from gateways.sandbox.simulation.customers import card_of
from gateways.sandbox.simulation.ledger import Ledger
from gateways.sandbox.simulation.records import (
    Customer,
    Method,
    PortalSession,
    Price,
    Product,
    Subscription,
)


def portal_pages(client: SandboxClient, render: Render) -> APIRouter:
    router = hosted_router(render)

    @router.get("/portal/{ref}")
    def show(request: Request, ref: str, made: str = "") -> Response:
        with client.state.transaction() as ledger:
            session = portals.session(ledger, ref)
            living = portals.living_subscriptions(ledger, session.customer)
            return render(
                request,
                "sandbox/portal.html",
                made=made,
                subscriptions=[(_product(ledger, each), each) for each in living],
                last4=_last4(ledger, ledger.get(Customer, session.customer)),
                cards=CARDS.values(),
            )

    @router.post("/portal/{ref}")
    def submit(ref: str, fields: Fields) -> Response:
        action = fields.get("action", "")
        with client.state.transaction() as ledger:
            session = portals.session(ledger, ref)
            if action == "return":
                return see_other(session.return_url)
            _carry_out(ledger, session, action, fields)
        return see_other(f"{client.urls.portal(ref)}?made={action}")

    return router


def _carry_out(ledger: Ledger, session: PortalSession, action: str, fields: dict[str, str]) -> None:
    subscription = fields.get("subscription", "")
    if action == "cancel":
        portals.cancel(ledger, session, subscription)
    elif action == "resume":
        portals.resume(ledger, session, subscription)
    elif action == "card":
        portals.change_card(ledger, session, card(fields.get("card", "")))


def _product(ledger: Ledger, subscription: Subscription) -> str:
    return ledger.get(Product, ledger.get(Price, subscription.price).product).name


def _last4(ledger: Ledger, customer: Customer) -> str:
    if customer.method is None:
        return ""
    return card_of(ledger.get(Method, customer.method)).last4
