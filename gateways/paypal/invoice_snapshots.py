"""A subscription's payments as the port's invoices.

PayPal has no invoices: a payment stands for one. Attempts that fail stand for the invoice that they
were to pay, by the name of the first of them, until another payment takes their place.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from gateways.paypal.client import Json, text
from gateways.paypal.metadata import OurReference
from gateways.paypal.money import from_paypal
from gateways.paypal.snapshots import ENDED
from gateways.paypal.terms import Terms
from gateways.paypal.timestamps import to_datetime
from gateways.port import (
    FailedPayment,
    GatewayUnavailable,
    InvoiceLine,
    InvoiceSnapshot,
    InvoiceStatus,
)

PAID: Final = frozenset({"COMPLETED", "PARTIALLY_REFUNDED", "REFUNDED", "REVERSED"})
_FAILED: Final = "DECLINED"
_ABOUT: Final = timedelta(days=4)


@dataclass(frozen=True, slots=True)
class Billed:
    """One subscription as PayPal shows it, with its terms."""

    subscription: Json
    terms: Terms | None
    fetched_at: datetime


def time_of(payment: Json) -> datetime:
    at = to_datetime(payment.get("time"))
    if at is None:
        raise GatewayUnavailable(gateway="paypal", reason="a payment without its time")
    return at


def invoice_snapshots(billed: Billed, payments: Sequence[Json]) -> list[InvoiceSnapshot]:
    """Newest first."""
    found: list[InvoiceSnapshot] = []
    failed: list[Json] = []
    for payment in sorted(payments, key=time_of):
        if payment.get("status") == _FAILED:
            failed.append(payment)
            continue
        if failed:
            found.append(_unpaid(billed, failed, recovered_at=time_of(payment)))
        found.append(_payment(billed, payment, time_of(failed[0]) if failed else time_of(payment)))
        failed = []
    if failed:
        found.append(_unpaid(billed, failed, recovered_at=None))
    return found[::-1]


def _payment(billed: Billed, payment: Json, due_at: datetime) -> InvoiceSnapshot:
    paid = payment.get("status") in PAID
    return _invoice(
        billed,
        payment,
        "paid" if paid else "open",
        due_at=due_at,
        paid_at=time_of(payment) if paid else None,
    )


def _unpaid(
    billed: Billed, failed: Sequence[Json], recovered_at: datetime | None
) -> InvoiceSnapshot:
    """`recovered_at`: when another payment took its place."""
    first, last = failed[0], failed[-1]
    status: InvoiceStatus = "open"
    if recovered_at is not None:
        status = "void"
    elif billed.subscription.get("status") in ENDED:
        status = "uncollectible"
        recovered_at = to_datetime(billed.subscription.get("status_update_time"))
    return _invoice(
        billed,
        first,
        status,
        due_at=time_of(first),
        voided_at=recovered_at,
        failure=_failure(billed, last, waits=status == "open"),
    )


def _failure(billed: Billed, attempt: Json, *, waits: bool) -> FailedPayment:
    """Only of the last attempt PayPal tells why, and when it tries again."""
    at = time_of(attempt)
    shown = billed.subscription.get("billing_info", {}).get("last_failed_payment")
    if not waits or not shown:
        return FailedPayment(at, str(attempt.get("status_details", {}).get("reason", "")).lower())
    again = to_datetime(shown.get("next_payment_retry_time"))
    return FailedPayment(at, str(shown.get("reason_code", "")).lower(), again)


def _invoice(
    billed: Billed,
    payment: Json,
    status: InvoiceStatus,
    *,
    due_at: datetime,
    paid_at: datetime | None = None,
    voided_at: datetime | None = None,
    failure: FailedPayment | None = None,
) -> InvoiceSnapshot:
    subscription, ref = billed.subscription, text(payment, "id")
    shown = payment.get("amount_with_breakdown", {})
    amount = from_paypal(shown.get("gross_amount"))
    tax = from_paypal(shown["tax_amount"]).amount if shown.get("tax_amount") else 0
    return InvoiceSnapshot(
        gateway="paypal",
        ref=ref,
        number=ref,
        status=status,
        raw_status=str(payment.get("status", "")),
        fetched_at=billed.fetched_at,
        issued_at=due_at,
        due_at=due_at,
        paid_at=paid_at,
        voided_at=voided_at,
        failure=failure,
        currency=amount.currency,
        total=amount.amount,
        subtotal=amount.amount - tax,
        tax=tax,
        paid=amount.amount if paid_at else 0,
        subscription=text(subscription, "id"),
        customer=subscription.get("subscriber", {}).get("payer_id"),
        workspace_id=OurReference.unpacked(subscription.get("custom_id")).workspace_id,
        charge=ref if paid_at else None,
        lines=(_line(billed, amount.amount - tax, due_at),),
    )


def _line(billed: Billed, amount: int, start: datetime) -> InvoiceLine:
    return InvoiceLine(
        description="Subscription",
        amount=amount,
        price_ref=str(billed.subscription.get("plan_id", "")),
        period_start=start,
        period_end=_period_end(billed, start),
    )


def _period_end(billed: Billed, start: datetime) -> datetime | None:
    """PayPal tells of no period: it is that of the terms, and the present one ends with the next
    payment, which may be some days off after the end of a month."""
    if billed.terms is None:
        return None
    end = billed.terms.end_of(start)
    billing = billed.subscription.get("billing_info", {})
    next_payment = to_datetime(billing.get("next_billing_time"))
    near = next_payment is not None and abs(next_payment - end) < _ABOUT
    return next_payment if near else end
