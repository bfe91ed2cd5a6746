"""All that a gateway's call may raise."""

from __future__ import annotations

from kernel.errors import DomainError


class GatewayUnavailable(DomainError):
    """The gateway timed out, refused, throttled or answered nonsense; the effect is *unknown*."""

    code = "gateway_unavailable"
    kind = "upstream"
    message = "The payment gateway did not answer. Try again."


class GatewayRejected(DomainError):
    """The gateway understood the request and will never accept it."""

    code = "gateway_rejected"
    kind = "upstream"
    message = "The payment gateway refused the request."


class GatewayNotConfigured(DomainError):
    code = "gateway_not_configured"
    kind = "invalid"
    message = "This gateway is not configured."


class CapabilityNotSupported(DomainError):
    code = "capability_not_supported"
    kind = "conflict"
    message = "This gateway does not offer that."


class ReferenceNotFound(DomainError):
    """The gateway does not know the object (any more)."""

    code = "gateway_reference_not_found"
    kind = "not_found"
    message = "The payment gateway does not know this object."


class InvalidSignature(DomainError):
    code = "invalid_signature"
    kind = "malformed"
    message = "The webhook's signature is not valid."


class ChangedByHand(DomainError):
    """People planned another change in the gateway's dashboard, which only they may undo."""

    code = "changed_by_hand"
    kind = "conflict"
    message = "Another change of this subscription was planned by hand. Ask support."


class CurrencyMismatch(DomainError):
    """A customer is charged in one currency as long as a subscription runs. Nothing was changed."""

    code = "currency_mismatch"
    kind = "conflict"
    message = "A running subscription can't be changed to another currency."
