"""Stripe's errors as the port's."""

from __future__ import annotations

import stripe

from gateways.port import GatewayRejected, GatewayUnavailable, ReferenceNotFound
from kernel.errors import DomainError

# The bank asked for the card holder, who was not there.
_NEEDS_HOLDER = frozenset(
    {
        "authentication_required",
        "invoice_payment_intent_requires_action",
        "subscription_payment_intent_requires_action",
    }
)


def wants_holder(refusal: stripe.CardError) -> bool:
    decline = getattr(refusal.error, "decline_code", None) if refusal.error else None
    return not _NEEDS_HOLDER.isdisjoint((refusal.code, decline))


def kind_of(error: stripe.StripeError) -> type[DomainError]:
    if isinstance(error, stripe.InvalidRequestError):
        return ReferenceNotFound if is_missing(error) else GatewayRejected
    if isinstance(error, stripe.IdempotencyError):
        # 409: the first request with this key is still running.
        return GatewayUnavailable if error.http_status == 409 else GatewayRejected
    if isinstance(error, stripe.CardError | stripe.AuthenticationError | stripe.PermissionError):
        return GatewayRejected
    return GatewayUnavailable


def is_missing(error: stripe.InvalidRequestError) -> bool:
    return error.code == "resource_missing" or error.http_status == 404
