"""What the product asks of any payment gateway, in our words.

Every call that has an effect carries *our* `command_id`: repeating it, at any later time and after
any lost answer, never repeats the effect. Reads return what the gateway says now. Calls block, are
bounded in time and raise only the errors of this package (never an SDK's).
"""

from __future__ import annotations

from gateways.port.adjustments import Ability, Adjustments, Coupon, Offered
from gateways.port.catalogue import Catalogue, Interval, PlanRef, PlanSpec
from gateways.port.checkouts import (
    Checkout,
    CheckoutRequest,
    Checkouts,
    CheckoutSnapshot,
    CheckoutStatus,
    PaymentRequest,
)
from gateways.port.errors import (
    CapabilityNotSupported,
    ChangedByHand,
    CurrencyMismatch,
    GatewayNotConfigured,
    GatewayRejected,
    GatewayUnavailable,
    InvalidSignature,
    ReferenceNotFound,
)
from gateways.port.gateway import Capabilities, Gateway
from gateways.port.holdings import CustomerRecord, Holdings, PriceRecord
from gateways.port.invoices import (
    DisputeSnapshot,
    DisputeStatus,
    FailedPayment,
    InvoiceLine,
    InvoiceSnapshot,
    InvoiceStatus,
    RefundSnapshot,
    RefundStatus,
)
from gateways.port.payments import (
    ActionRequired,
    ChargeOutcome,
    ChargeRequest,
    ChargeSnapshot,
    ChargeStatus,
    Declined,
    Payments,
    Refund,
    Succeeded,
)
from gateways.port.subscriptions import (
    Discount,
    Item,
    NeedsCheckout,
    OpenInvoice,
    Pause,
    PaymentMethod,
    PlannedChange,
    Status,
    Subscriptions,
    SubscriptionSnapshot,
    SwapOutcome,
    Swapped,
    SwapTiming,
)
from gateways.port.webhooks import UNREADABLE, VerifiedEvent, Webhooks, digest_of, read_event

__all__ = [
    "UNREADABLE",
    "Ability",
    "ActionRequired",
    "Adjustments",
    "Capabilities",
    "CapabilityNotSupported",
    "Catalogue",
    "ChangedByHand",
    "ChargeOutcome",
    "ChargeRequest",
    "ChargeSnapshot",
    "ChargeStatus",
    "Checkout",
    "CheckoutRequest",
    "CheckoutSnapshot",
    "CheckoutStatus",
    "Checkouts",
    "Coupon",
    "CurrencyMismatch",
    "CustomerRecord",
    "Declined",
    "Discount",
    "DisputeSnapshot",
    "DisputeStatus",
    "FailedPayment",
    "Gateway",
    "GatewayNotConfigured",
    "GatewayRejected",
    "GatewayUnavailable",
    "Holdings",
    "Interval",
    "InvalidSignature",
    "InvoiceLine",
    "InvoiceSnapshot",
    "InvoiceStatus",
    "Item",
    "NeedsCheckout",
    "Offered",
    "OpenInvoice",
    "Pause",
    "PaymentMethod",
    "PaymentRequest",
    "Payments",
    "PlanRef",
    "PlanSpec",
    "PlannedChange",
    "PriceRecord",
    "ReferenceNotFound",
    "Refund",
    "RefundSnapshot",
    "RefundStatus",
    "Status",
    "SubscriptionSnapshot",
    "Subscriptions",
    "Succeeded",
    "SwapOutcome",
    "SwapTiming",
    "Swapped",
    "VerifiedEvent",
    "Webhooks",
    "digest_of",
    "read_event",
]
