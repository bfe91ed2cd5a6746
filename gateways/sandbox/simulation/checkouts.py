"""Hosted checkouts: opened by us, paid or left by the customer."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from msgspec.structs import replace

from gateways.port import (
    CheckoutRequest,
    CheckoutStatus,
    Discount,
    GatewayRejected,
    PaymentRequest,
)
from gateways.return_url import with_placeholder
from gateways.sandbox.simulation import charges, lifecycle, subscriptions
from gateways.sandbox.simulation.bills import off_of
from gateways.sandbox.simulation.cards import Answer, Card, card
from gateways.sandbox.simulation.customers import customer_of, describe, save_card
from gateways.sandbox.simulation.ledger import Ledger
from gateways.sandbox.simulation.records import CheckoutPage, Customer, Price
from kernel.ids import new_id
from kernel.money import Money

OPEN_FOR = timedelta(hours=24)


def open_for_plan(ledger: Ledger, request: CheckoutRequest) -> CheckoutPage:
    earlier = ledger.made_by(CheckoutPage, request.command_id)
    if earlier is not None:
        return earlier
    price = ledger.get(Price, request.price_ref)
    if not price.active:
        raise GatewayRejected("The price is archived.", price=price.id)
    return _opened(ledger, request, _due(ledger, request, price), request.plan.name, price)


def open_for_sum(ledger: Ledger, request: PaymentRequest) -> CheckoutPage:
    earlier = ledger.made_by(CheckoutPage, request.command_id)
    if earlier is not None:
        return earlier
    return _opened(ledger, request, request.amount, request.description, None)


def _opened(
    ledger: Ledger,
    request: CheckoutRequest | PaymentRequest,
    amount: Money,
    description: str,
    price: Price | None,
) -> CheckoutPage:
    customer = customer_of(
        ledger, request.workspace_id, ref=request.customer, email=request.customer_email
    )
    if isinstance(request, CheckoutRequest) and request.payer is not None:
        describe(ledger, customer.id, request.payer)
    return ledger.put(
        CheckoutPage(
            id=new_id("cs"),
            command_id=request.command_id,
            workspace_id=request.workspace_id,
            amount=amount,
            description=description,
            success_url=with_placeholder(request.success_url),
            cancel_url=request.cancel_url,
            expires_at=ledger.now + OPEN_FOR,
            customer=customer.id,
            price=price.id if price else None,
            **_bought(ledger, request, price),
        )
    )


def _bought(
    ledger: Ledger, request: CheckoutRequest | PaymentRequest, price: Price | None
) -> dict[str, Any]:
    if not isinstance(request, CheckoutRequest) or price is None:
        return {}
    return {
        "replaces": request.replaces,
        "quantity": request.quantity,
        "discount": _discount(ledger, request, price),
        "trial_days": request.trial_days,
    }


def _discount(ledger: Ledger, request: CheckoutRequest, price: Price) -> Discount | None:
    """One for a single invoice is for the first that asks something."""
    if request.coupon is None:
        return None
    begins = ledger.now + timedelta(days=request.trial_days or 0)
    end = lifecycle.boundary_after(begins, begins, price.interval)
    return lifecycle.discount_of(request.coupon, ledger.now, end)


def _due(ledger: Ledger, request: CheckoutRequest, price: Price) -> Money:
    """Now."""
    if request.trial_days:
        return Money(0, price.amount.currency)
    whole, discount = price.amount.amount * request.quantity, _discount(ledger, request, price)
    off = off_of((discount,), whole) if discount is not None else 0
    return Money(whole - off, price.amount.currency)


def status_at(page: CheckoutPage, now: datetime) -> CheckoutStatus:
    return "expired" if page.status == "open" and page.expires_at <= now else page.status


def expire(ledger: Ledger, ref: str) -> None:
    """Closes an open page; a paid one stays paid."""
    page = ledger.get(CheckoutPage, ref)
    if page.status == "open":
        _announced(ledger, replace(page, status="expired"), "checkout.expired")


def pay(ledger: Ledger, ref: str, number: str) -> Answer:
    """The customer types a card number. After `3ds` the bank asks (`answer_bank`); after a decline
    the page stays open."""
    page = _open(ledger, ref)
    used = card(number)
    if used is None:
        raise GatewayRejected("The sandbox takes test cards only.")
    if used.on_page == "ok":
        _complete(ledger, page, used)
    elif used.on_page == "3ds":
        ledger.put(replace(page, authenticating=used.number))
    else:
        _announced(ledger, page, "checkout.payment_failed")
    return used.on_page


def answer_bank(ledger: Ledger, ref: str, *, succeed: bool) -> CheckoutPage:
    """The card holder's answer. A failed one leaves the page open for another card."""
    page = _open(ledger, ref)
    used = card(page.authenticating)
    if used is None:
        raise GatewayRejected("No card waits for its bank's question.")
    if succeed:
        return _complete(ledger, page, used)
    return _announced(ledger, replace(page, authenticating=""), "checkout.payment_failed")


def _complete(ledger: Ledger, page: CheckoutPage, used: Card) -> CheckoutPage:
    method = save_card(ledger, ledger.get(Customer, page.customer), used)
    done = replace(page, status="complete", authenticating="")
    if page.price is None:
        return _announced(
            ledger, replace(done, charge=charges.charge_page(ledger, page).id), "checkout.completed"
        )
    made = subscriptions.start(ledger, page, ledger.get(Price, page.price), method)
    done = replace(done, subscription=made.id)
    _announced(ledger, done, "checkout.completed")
    return _announced(ledger, done, "subscription.created")


def _open(ledger: Ledger, ref: str) -> CheckoutPage:
    page = ledger.get(CheckoutPage, ref)
    if status_at(page, ledger.now) != "open":
        raise GatewayRejected("The page is closed.", checkout=ref)
    return page


def _announced(ledger: Ledger, page: CheckoutPage, event_type: str) -> CheckoutPage:
    ledger.put(page)
    ledger.announce(
        event_type,
        checkout=page.id,
        subscription=page.subscription,
        charge=page.charge,
        customer=page.customer,
        workspace_id=page.workspace_id,
    )
    return page
