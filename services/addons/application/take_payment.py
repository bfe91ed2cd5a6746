"""Asks a gateway for the money of a purchase."""

from __future__ import annotations

from gateways.port import (
    ActionRequired,
    CapabilityNotSupported,
    ChargeOutcome,
    ChargeRequest,
    Declined,
    Gateway,
    GatewayRejected,
    GatewayUnavailable,
    PaymentRequest,
    ReferenceNotFound,
)
from kernel.money import Money
from services.addons.application.gateway_lookup import observed
from services.addons.domain.purchase.observation import Observation
from services.addons.domain.purchase.purchase import Purchase

REJECTED = "gateway_rejected"


def take_payment(gateway: Gateway, purchase: Purchase, email: str | None) -> Observation:
    """Charges the saved method, or opens a hosted checkout where there is none or the gateway can't
    charge it (any more). Any number of repetitions charges once: the purchase id is the command.
    """
    try:
        return _repeated_once(gateway, purchase, email)
    except GatewayRejected:
        return Observation(status="failed", decline_code=REJECTED)


def _repeated_once(gateway: Gateway, purchase: Purchase, email: str | None) -> Observation:
    """A lost answer is asked for once more before the buyer hears of it."""
    try:
        return _attempt(gateway, purchase, email)
    except GatewayUnavailable:
        return _attempt(gateway, purchase, email)


def _attempt(gateway: Gateway, purchase: Purchase, email: str | None) -> Observation:
    if purchase.payment_method is None or purchase.customer is None:
        return _hosted_checkout(gateway, purchase, purchase.customer, email)
    request = ChargeRequest(
        command_id=purchase.purchase_id,
        workspace_id=purchase.workspace_id,
        amount=_price(purchase),
        description=purchase.addon_name,
        customer=purchase.customer,
        payment_method=purchase.payment_method,
    )
    try:
        return _of_outcome(gateway.payments.charge(request))
    except (ReferenceNotFound, CapabilityNotSupported):
        made = gateway.payments.find(purchase.purchase_id)
        return observed(made) if made else _hosted_checkout(gateway, purchase, None, email)


def _hosted_checkout(
    gateway: Gateway, purchase: Purchase, customer: str | None, email: str | None
) -> Observation:
    """`customer` None: the gateway's own for this workspace, if it has one."""
    checkout = gateway.checkouts.start_payment(
        PaymentRequest(
            command_id=purchase.purchase_id,
            workspace_id=purchase.workspace_id,
            amount=_price(purchase),
            description=purchase.addon_name,
            success_url=purchase.success_url,
            cancel_url=purchase.cancel_url,
            customer=customer,
            customer_email=email,
        )
    )
    return Observation(status="pending", checkout_ref=checkout.ref, confirmation_url=checkout.url)


def _of_outcome(outcome: ChargeOutcome) -> Observation:
    if isinstance(outcome, ActionRequired):
        return Observation(status="pending", charge_ref=outcome.ref, confirmation_url=outcome.url)
    if isinstance(outcome, Declined):
        return Observation(
            status="failed", charge_ref=outcome.ref or None, decline_code=outcome.code
        )
    return Observation(status="succeeded", charge_ref=outcome.ref)


def _price(purchase: Purchase) -> Money:
    return Money(purchase.price_cents, purchase.currency)
