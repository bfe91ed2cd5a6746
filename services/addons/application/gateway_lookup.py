"""What a gateway shows of a purchase, as an observation."""

from __future__ import annotations

from gateways.port import ChargeSnapshot, CheckoutSnapshot, Gateway
from services.addons.domain.purchase.observation import Observation
from services.addons.domain.purchase.purchase import Purchase

CHECKOUT_EXPIRED = "checkout_expired"


def look_up(gateway: Gateway, purchase: Purchase) -> Observation | None:
    """What the gateway shows of the purchase now; None when it has never heard of it."""
    if purchase.checkout_ref is not None and not purchase.captured:
        checkout = gateway.checkouts.fetch(purchase.checkout_ref)
        return _of_hosted_checkout(gateway, checkout, purchase)
    if purchase.charge_ref is not None:
        return observed(gateway.payments.fetch(purchase.charge_ref))
    found = gateway.payments.find(purchase.purchase_id)
    return observed(found) if found else None


def observed(charge: ChargeSnapshot) -> Observation:
    return Observation(
        status=charge.status,
        charge_ref=charge.ref,
        confirmation_url=charge.confirmation_url,
        decline_code=charge.decline_code or None,
        refunded_cents=charge.refunded,
    )


def _of_hosted_checkout(
    gateway: Gateway, checkout: CheckoutSnapshot, purchase: Purchase
) -> Observation:
    """One that has expired is never paid any more; what was approved is captured while the purchase
    still waits for it."""
    if checkout.charge is not None:
        shown = gateway.payments.fetch(checkout.charge)
        if shown.approved and purchase.status == "pending":
            shown = gateway.payments.capture(purchase.purchase_id, shown.ref)
        charge = observed(shown)
        if charge.status != "pending" or checkout.status != "expired":
            return charge
    if checkout.status == "expired":
        return Observation(
            status="failed", checkout_ref=checkout.ref, decline_code=CHECKOUT_EXPIRED
        )
    return Observation(status="pending", checkout_ref=checkout.ref)
