"""What invoices, payment intents and refunds say about a charge."""

from __future__ import annotations

import stripe

from gateways.port import (
    ActionRequired,
    ChargeOutcome,
    ChargeSnapshot,
    ChargeStatus,
    Declined,
    Refund,
    Succeeded,
)
from gateways.stripe.collected import REFUND_STATUSES, Collected
from gateways.stripe.metadata import facts
from gateways.stripe.money import from_stripe

# The bank asked for the card holder, who was not there: not a decline, the hosted page asks them.
_NEEDS_HOLDER = "authentication_required"


def outcome(invoice: stripe.Invoice) -> ChargeOutcome:
    """Of an invoice that was tried; one that is neither paid nor declined waits for its payer."""
    if invoice.status == "paid":
        return Succeeded(invoice.id)
    code = decline_code(invoice)
    if code or invoice.status != "open":
        return Declined(invoice.id, code or f"invoice_{invoice.status}")
    return ActionRequired(invoice.id, invoice.hosted_invoice_url or "")


def charge_snapshot(invoice: stripe.Invoice, collected: Collected) -> ChargeSnapshot:
    """`collected` of the invoice, once it was paid."""
    metadata = facts(invoice.metadata)
    status = _invoice_status(invoice)
    waits = status == "pending" and invoice.status == "open"
    intent = payment_intent(invoice)
    return ChargeSnapshot(
        ref=invoice.id,
        status=status,
        amount=from_stripe(invoice.total, invoice.currency),
        command_id=metadata.get("command_id", ""),
        workspace_id=metadata.get("workspace_id", ""),
        confirmation_url=invoice.hosted_invoice_url if waits else None,
        decline_code=decline_code(invoice),
        refunded=_refunded(collected),
        refunds=collected.refund_snapshots(),
        disputes=collected.dispute_snapshots(),
        payment=intent.id if intent and status == "succeeded" else "",
    )


def payment_snapshot(intent: stripe.PaymentIntent, collected: Collected) -> ChargeSnapshot:
    """Of a checkout's payment: pending while the customer can still try another card there."""
    metadata = facts(intent.metadata)
    statuses: dict[str, ChargeStatus] = {"succeeded": "succeeded", "canceled": "cancelled"}
    return ChargeSnapshot(
        ref=intent.id,
        status=statuses.get(intent.status, "pending"),
        amount=from_stripe(intent.amount, intent.currency),
        command_id=metadata.get("command_id", ""),
        workspace_id=metadata.get("workspace_id", ""),
        refunded=_refunded(collected),
        refunds=collected.refund_snapshots(),
        disputes=collected.dispute_snapshots(),
    )


def payment_intent(invoice: stripe.Invoice) -> stripe.PaymentIntent | None:
    """The expanded payment intent that collects an invoice."""
    payments = invoice.payments.data if invoice.payments else []
    for payment in sorted(payments, key=lambda payment: not payment.is_default):
        intent = getattr(payment.payment, "payment_intent", None)  # absent for other payments
        if isinstance(intent, stripe.PaymentIntent):
            return intent
    return None


def is_untried(invoice: stripe.Invoice) -> bool:
    """No payment has been attempted yet."""
    intent = payment_intent(invoice)
    return intent is None or (
        intent.status in ("requires_payment_method", "requires_confirmation")
        and intent.last_payment_error is None
    )


def decline_code(invoice: stripe.Invoice) -> str:
    """Empty unless the payment was refused for good. Kept in the metadata once it was voided."""
    metadata = facts(invoice.metadata)
    intent = payment_intent(invoice)
    error = intent.last_payment_error if intent else None
    if invoice.status == "paid":
        return ""
    if intent is None or error is None or intent.status != "requires_payment_method":
        return metadata.get("decline_code", "")
    codes = [code for field in ("decline_code", "code") if (code := getattr(error, field, ""))]
    return "" if _NEEDS_HOLDER in codes else [*codes, "card_declined"][0]


def refund_of(refund: stripe.Refund) -> Refund:
    return Refund(
        ref=refund.id,
        amount=from_stripe(refund.amount, refund.currency),
        status=REFUND_STATUSES.get(refund.status or "", "pending"),
    )


def _invoice_status(invoice: stripe.Invoice) -> ChargeStatus:
    if invoice.status == "paid":
        return "succeeded"
    if decline_code(invoice) or invoice.status == "uncollectible":
        return "failed"
    return "cancelled" if invoice.status == "void" else "pending"


def _refunded(collected: Collected) -> int:
    return sum(
        from_stripe(charge.amount_refunded, charge.currency).amount for charge in collected.charges
    )
