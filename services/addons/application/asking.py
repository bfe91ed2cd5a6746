"""What a gateway is asked about a purchase, and its answers as observations."""

from __future__ import annotations

from gateways.port import (
    ActionRequired,
    CapabilityNotSupported,
    ChargeOutcome,
    ChargeRequest,
    ChargeSnapshot,
    CheckoutSnapshot,
    Declined,
    Gateway,
    GatewayRejected,
    GatewayUnavailable,
    PaymentRequest,
    ReferenceNotFound,
)
from kernel.money import Money
from services.addons.domain.facts import Observation, Purchase

REJECTED = "gateway_rejected"
CHECKOUT_EXPIRED = "checkout_expired"


def look(gateway: Gateway, purchase: Purchase) -> Observation | None:
    """What the gateway shows of the purchase now; None when it has never heard of it."""
    if purchase.checkout_ref is not None and not purchase.captured:
        return _of_page(gateway, gateway.checkouts.fetch(purchase.checkout_ref))
    if purchase.charge_ref is not None:
        return _of_snapshot(gateway.payments.fetch(purchase.charge_ref))
    found = gateway.payments.find(purchase.purchase_id)
    return _of_snapshot(found) if found else None


def ask_for_payment(gateway: Gateway, purchase: Purchase, email: str | None) -> Observation:
    """Charges the saved method, or opens a hosted page where there is none or the gateway can't
    charge it (any more). Any number of repetitions charges once: the purchase id is the command.
    """
    try:
        return _patiently_paid(gateway, purchase, email)
    except GatewayRejected:
        return Observation(status="failed", decline_code=REJECTED)


def _patiently_paid(gateway: Gateway, purchase: Purchase, email: str | None) -> Observation:
    """A lost answer is asked for once more before the buyer hears of it."""
    try:
        return _paid(gateway, purchase, email)
    except GatewayUnavailable:
        return _paid(gateway, purchase, email)


def _paid(gateway: Gateway, purchase: Purchase, email: str | None) -> Observation:
    if purchase.payment_method is None or purchase.customer is None:
        return _page(gateway, purchase, purchase.customer, email)
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
        return _of_snapshot(made) if made else _page(gateway, purchase, None, email)


def _page(
    gateway: Gateway, purchase: Purchase, customer: str | None, email: str | None
) -> Observation:
    """`customer` None: the gateway's own for this workspace, if it has one."""
    page = gateway.checkouts.start_payment(
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
    return Observation(status="pending", checkout_ref=page.ref, confirmation_url=page.url)


def _price(purchase: Purchase) -> Money:
    return Money(purchase.price_cents, purchase.currency)


def _of_outcome(outcome: ChargeOutcome) -> Observation:
    if isinstance(outcome, ActionRequired):
        return Observation(status="pending", charge_ref=outcome.ref, confirmation_url=outcome.url)
    if isinstance(outcome, Declined):
        return Observation(
            status="failed", charge_ref=outcome.ref or None, decline_code=outcome.code
        )
    return Observation(status="succeeded", charge_ref=outcome.ref)


def _of_snapshot(charge: ChargeSnapshot) -> Observation:
    return Observation(
        status=charge.status,
        charge_ref=charge.ref,
        confirmation_url=charge.confirmation_url,
        decline_code=charge.decline_code or None,
        refunded_cents=charge.refunded,
    )


def _of_page(gateway: Gateway, page: CheckoutSnapshot) -> Observation:
    """A page that has expired is never paid any more."""
    if page.charge is not None:
        charge = _of_snapshot(gateway.payments.fetch(page.charge))
        if charge.status != "pending" or page.status != "expired":
            return charge
    if page.status == "expired":
        return Observation(status="failed", checkout_ref=page.ref, decline_code=CHECKOUT_EXPIRED)
    return Observation(status="pending", checkout_ref=page.ref)
