"""The customer portal: short sessions in which a customer manages what they pay for."""

from __future__ import annotations

from datetime import timedelta

from gateways.port import GatewayRejected
from gateways.sandbox.simulation import subscriptions
from gateways.sandbox.simulation.cards import Card
from gateways.sandbox.simulation.customers import save_card
from gateways.sandbox.simulation.ledger import Ledger
from gateways.sandbox.simulation.records import Customer, PortalSession, Subscription
from kernel.ids import new_id

OPEN_FOR = timedelta(hours=1)


def open_for(ledger: Ledger, customer: str, return_url: str) -> PortalSession:
    return ledger.put(
        PortalSession(
            id=new_id("bps"),
            customer=ledger.get(Customer, customer).id,
            return_url=return_url,
            expires_at=ledger.now + OPEN_FOR,
        )
    )


def session(ledger: Ledger, ref: str) -> PortalSession:
    found = ledger.get(PortalSession, ref)
    if found.expires_at <= ledger.now:
        raise GatewayRejected("This portal session has expired.")
    return found


def living_subscriptions(ledger: Ledger, customer: str) -> list[Subscription]:
    return [
        subscription
        for subscription in ledger.every(Subscription)
        if subscription.customer == customer and subscription.phase != "cancelled"
    ]


def cancel(ledger: Ledger, portal: PortalSession, subscription: str) -> None:
    subscriptions.cancel(ledger, _own(ledger, portal, subscription), at_period_end=True)


def resume(ledger: Ledger, portal: PortalSession, subscription: str) -> None:
    subscriptions.resume(ledger, _own(ledger, portal, subscription))


def change_card(ledger: Ledger, portal: PortalSession, card: Card | None) -> None:
    """A card that is refused while its holder is there is not kept."""
    if card is None:
        raise GatewayRejected("This is not a test card number.")
    if card.on_page not in {"ok", "3ds"}:
        raise GatewayRejected("The card was declined.", decline_code=card.on_page)
    save_card(ledger, ledger.get(Customer, portal.customer), card)
    ledger.announce("customer.updated", customer=portal.customer)
    for subscription in living_subscriptions(ledger, portal.customer):
        subscriptions.announce_update(ledger, subscription)


def _own(ledger: Ledger, portal: PortalSession, subscription: str) -> str:
    if ledger.get(Subscription, subscription).customer != portal.customer:
        raise GatewayRejected("The subscription belongs to another customer.")
    return subscription
