"""Customers (one a workspace) and their saved cards."""

from __future__ import annotations

import hashlib

from msgspec.structs import replace

from gateways.port import GatewayRejected
from gateways.port.payers import PayerDetails
from gateways.sandbox.simulation.cards import CARDS, Answer, Card
from gateways.sandbox.simulation.ledger import Ledger
from gateways.sandbox.simulation.records import Customer, Method, Subscription
from kernel.ids import new_id


def customer_of(
    ledger: Ledger, workspace_id: str, *, ref: str | None = None, email: str | None = None
) -> Customer:
    """The named customer, or the workspace's own, made on first use and again once it was
    deleted."""
    named = ledger.find(Customer, ref) if ref is not None else None
    if named is not None and not named.deleted:
        return named
    own = f"cus_{hashlib.sha256(workspace_id.encode()).hexdigest()[:24]}"
    while (found := ledger.find(Customer, own)) is not None:
        if not found.deleted:
            return found
        own = f"{own}x"
    return ledger.put(Customer(id=own, workspace_id=workspace_id, email=email or ""))


def describe(ledger: Ledger, ref: str, payer: PayerDetails) -> None:
    ledger.put(replace(ledger.get(Customer, ref), payer=payer))


def save_card(ledger: Ledger, customer: Customer, saved: Card) -> Method:
    """The card becomes the customer's default and that of the subscriptions they still have."""
    expires = str(saved.expires(ledger.now))
    method = ledger.put(
        Method(id=new_id("pm"), customer=customer.id, number=saved.number, expires=expires)
    )
    ledger.put(replace(customer, method=method.id))
    for subscription in ledger.every(Subscription):
        if subscription.customer == customer.id and subscription.phase != "cancelled":
            ledger.put(replace(subscription, method=method.id))
    return method


def card_of(method: Method) -> Card:
    return CARDS[method.number]


def answer_later(ledger: Ledger, method: str | None) -> Answer:
    """What the bank says when a saved card is charged without its holder."""
    return "ok" if method is None else card_of(ledger.get(Method, method)).later


def method_of(ledger: Ledger, customer: Customer, ref: str) -> Method:
    method = ledger.get(Method, ref)
    if method.customer != customer.id:
        raise GatewayRejected("The payment method belongs to another customer.")
    return method
