"""Stripe's errors as the port's."""

from __future__ import annotations

import stripe

from gateways.port import GatewayRejected, GatewayUnavailable, ReferenceNotFound
from kernel.errors import DomainError


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
