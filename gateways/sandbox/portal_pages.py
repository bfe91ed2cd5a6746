"""The customer portal."""

from __future__ import annotations

from fastapi import APIRouter
from fastapi.responses import Response

from gateways.sandbox import html
from gateways.sandbox.client import SandboxClient
from gateways.sandbox.forms import Fields, explained, see_other
from gateways.sandbox.simulation import portals
from gateways.sandbox.simulation.cards import card
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

NOTICES = {
    "cancel": "Your subscription ends with the period you have paid for.",
    "resume": "Your subscription goes on.",
    "card": "Your card was changed.",
}


def portal_pages(client: SandboxClient) -> APIRouter:
    router = APIRouter(prefix="/sandbox", include_in_schema=False)

    @router.get("/portal/{ref}")
    @explained
    def show(ref: str, done: str = "") -> Response:
        with client.state.transaction() as ledger:
            return _shown(ledger, portals.session(ledger, ref), NOTICES.get(done, ""))

    @router.post("/portal/{ref}")
    @explained
    def submit(ref: str, fields: Fields) -> Response:
        action = fields.get("action", "")
        with client.state.transaction() as ledger:
            session = portals.session(ledger, ref)
            if action == "return":
                return see_other(session.return_url)
            _carry_out(ledger, session, action, fields)
        return see_other(f"{client.urls.portal(ref)}?done={action}")

    return router


def _carry_out(ledger: Ledger, session: PortalSession, action: str, fields: dict[str, str]) -> None:
    subscription = fields.get("subscription", "")
    if action == "cancel":
        portals.cancel(ledger, session, subscription)
    elif action == "resume":
        portals.resume(ledger, session, subscription)
    elif action == "card":
        portals.change_card(ledger, session, card(fields.get("card", "")))


def _shown(ledger: Ledger, session: PortalSession, notice: str) -> Response:
    living = portals.living_subscriptions(ledger, session.customer)
    customer = ledger.get(Customer, session.customer)
    return html.page(
        "Your subscriptions",
        html.notice(notice),
        *(_subscription(ledger, subscription) for subscription in living),
        "" if living else html.paragraph("You have no subscription."),
        "<h2>Card</h2>",
        html.paragraph(_card(ledger, customer)),
        html.form(html.card_field(invalid=False), html.button("action", "card", "Change card")),
        html.card_table(),
        html.form(html.button("action", "return", "Back", quiet=True)),
    )


def _subscription(ledger: Ledger, subscription: Subscription) -> str:
    product = ledger.get(Product, ledger.get(Price, subscription.price).product)
    hidden = [("subscription", subscription.id)]
    if subscription.cancel_at is None:
        text = f"{product.name} renews on {subscription.period_end:%Y-%m-%d}."
        choice = html.button("action", "cancel", "Cancel at period end", quiet=True)
    else:
        text = f"{product.name} ends on {subscription.cancel_at:%Y-%m-%d}."
        choice = html.button("action", "resume", "Resume")
    return "".join(
        (
            html.price(subscription.amount, subscription.interval),
            html.paragraph(text),
            html.form(choice, hidden=hidden),
        )
    )


def _card(ledger: Ledger, customer: Customer) -> str:
    if customer.method is None:
        return "No card on file."
    return f"On file: card ending in {card_of(ledger.get(Method, customer.method)).last4}."
