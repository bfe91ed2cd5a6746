"""What the product asks of any payment gateway, in our words.

Every call that has an effect carries *our* `command_id`: repeating it, at any later time and after
any lost answer, never repeats the effect. Reads return what the gateway says now. Calls block, are
bounded in time and raise only the errors of this package (never an SDK's).
"""

from __future__ import annotations

from gateways.port.charges import (
    ActionRequired,
    ChargeOutcome,
    ChargeRequest,
    ChargeSnapshot,
    ChargeStatus,
    Declined,
    Refund,
    RefundStatus,
    Succeeded,
)
from gateways.port.checkouts import (
    Checkout,
    CheckoutRequest,
    CheckoutSnapshot,
    CheckoutStatus,
    PaymentRequest,
)
from gateways.port.errors import (
    CapabilityNotSupported,
    GatewayNotConfigured,
    GatewayRejected,
    GatewayUnavailable,
    InvalidSignature,
    ReferenceNotFound,
)
from gateways.port.gateway import Capabilities, Gateway
from gateways.port.plans import Interval, PlanRef, PlanSpec
from gateways.port.subscriptions import (
    Invoice,
    NeedsCheckout,
    PaymentMethod,
    Status,
    SubscriptionSnapshot,
    Swapped,
    SwapTiming,
)
from gateways.port.webhooks import VerifiedEvent

__all__ = [
    "ActionRequired",
    "Capabilities",
    "CapabilityNotSupported",
    "ChargeOutcome",
    "ChargeRequest",
    "ChargeSnapshot",
    "ChargeStatus",
    "Checkout",
    "CheckoutRequest",
    "CheckoutSnapshot",
    "CheckoutStatus",
    "Declined",
    "Gateway",
    "GatewayNotConfigured",
    "GatewayRejected",
    "GatewayUnavailable",
    "Interval",
    "InvalidSignature",
    "Invoice",
    "NeedsCheckout",
    "PaymentMethod",
    "PaymentRequest",
    "PlanRef",
    "PlanSpec",
    "ReferenceNotFound",
    "Refund",
    "RefundStatus",
    "Status",
    "SubscriptionSnapshot",
    "Succeeded",
    "SwapTiming",
    "Swapped",
    "VerifiedEvent",
]
