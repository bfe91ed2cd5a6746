"""What a gateway shows of a purchase, as an observation."""

from __future__ import annotations

from gateways.port import ChargeSnapshot, CheckoutSnapshot, Gateway, ReferenceNotFound
from services.addons.domain.purchase.observation import FailedRefund, Observation
from services.addons.domain.purchase.purchase import Dispute, Purchase

CHECKOUT_EXPIRED = "checkout_expired"
FORGOTTEN = "payment_not_found"


def look_up(gateway: Gateway, purchase: Purchase) -> Observation | None:
    """What the gateway shows of the purchase now, moving no money; None when it has never heard of
    it. What the gateway has forgotten is not paid any more."""
    try:
        return _shown(gateway, purchase)
    except ReferenceNotFound:
        return None if purchase.captured else Observation(status="failed", decline_code=FORGOTTEN)


def _shown(gateway: Gateway, purchase: Purchase) -> Observation | None:
    if purchase.checkout_ref is not None and not purchase.captured:
        checkout = gateway.checkouts.fetch(purchase.checkout_ref)
        return _of_hosted_checkout(gateway, checkout)
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
        failed_refunds=[
            FailedRefund(ref=each.ref, amount_cents=each.amount)
            for each in charge.refunds
            if each.status == "failed"
        ],
        disputes=[
            Dispute(ref=each.ref, amount_cents=each.amount, reason=each.reason, status=each.status)
            for each in charge.disputes
        ],
        approved=charge.approved,
        payment_ref=charge.payment,
    )


def _of_hosted_checkout(gateway: Gateway, checkout: CheckoutSnapshot) -> Observation:
    """One that has expired is never paid any more."""
    if checkout.charge is not None:
        charge = observed(gateway.payments.fetch(checkout.charge))
        if charge.status != "pending" or checkout.status != "expired":
            return charge
    if checkout.status == "expired":
        return Observation(
            status="failed", checkout_ref=checkout.ref, decline_code=CHECKOUT_EXPIRED
        )
    return Observation(status="pending", checkout_ref=checkout.ref)
