"""The sandbox's records in the words of the port."""

from __future__ import annotations

from datetime import datetime

from gateways.port import (
    ActionRequired,
    ChargeOutcome,
    ChargeSnapshot,
    Checkout,
    CheckoutSnapshot,
    Declined,
    InvoiceSnapshot,
    PaymentMethod,
    Refund,
    Status,
    SubscriptionSnapshot,
    Succeeded,
)
from gateways.sandbox.simulation.checkouts import status_at
from gateways.sandbox.simulation.customers import card_of
from gateways.sandbox.simulation.ledger import Ledger
from gateways.sandbox.simulation.profiles import Profile
from gateways.sandbox.simulation.records import (
    Charge,
    CheckoutPage,
    InvoiceRecord,
    Method,
    RefundRecord,
    Subscription,
)
from gateways.sandbox.urls import PageUrls


def checkout(page: CheckoutPage, urls: PageUrls) -> Checkout:
    return Checkout(page.id, urls.checkout(page.id), page.expires_at)


def checkout_snapshot(page: CheckoutPage, now: datetime) -> CheckoutSnapshot:
    return CheckoutSnapshot(page.id, status_at(page, now), page.subscription, page.charge)


def subscription_snapshot(
    ledger: Ledger, profile: Profile, gateway: str, record: Subscription, fetched_at: datetime
) -> SubscriptionSnapshot:
    """A card on file is shown only where it can be charged again."""
    return SubscriptionSnapshot(
        gateway=gateway,
        ref=record.id,
        status=_status(record),
        raw_status=profile.words[record.phase],
        fetched_at=fetched_at,
        workspace_id=record.workspace_id,
        command_id=record.command_id,
        replaces=record.replaces,
        price_ref=record.price,
        price=record.amount,
        interval=record.interval,
        started_at=record.started_at,
        period_start=record.period_start,
        period_end=record.period_end,
        cancel_at=record.cancel_at,
        ended_at=record.ended_at,
        customer=record.customer,
        payment_method=(
            _method(ledger, record.method) if profile.capabilities.saved_method_charge else None
        ),
    )


def _status(record: Subscription) -> Status:
    if record.phase == "active" and record.cancel_at is not None:
        return "grace"
    return record.phase


def _method(ledger: Ledger, ref: str | None) -> PaymentMethod | None:
    if ref is None:
        return None
    card = card_of(ledger.get(Method, ref))
    return PaymentMethod(ref, card.brand, card.last4)


def charge_snapshot(record: Charge, urls: PageUrls) -> ChargeSnapshot:
    return ChargeSnapshot(
        ref=record.id,
        status=record.status,
        amount=record.amount,
        command_id=record.command_id,
        workspace_id=record.workspace_id,
        confirmation_url=urls.confirmation(record.id) if record.status == "pending" else None,
        decline_code=record.decline_code,
        refunded=record.refunded,
    )


def charge_outcome(record: Charge, urls: PageUrls) -> ChargeOutcome:
    if record.status == "succeeded":
        return Succeeded(record.id)
    if record.status == "pending":
        return ActionRequired(record.id, urls.confirmation(record.id))
    return Declined(record.id, record.decline_code)


def refund(record: RefundRecord) -> Refund:
    return Refund(record.id, record.amount, "succeeded")


def invoice_snapshot(
    record: InvoiceRecord, gateway: str, urls: PageUrls, fetched_at: datetime
) -> InvoiceSnapshot:
    paid = record.status == "paid"
    return InvoiceSnapshot(
        gateway=gateway,
        ref=record.id,
        number=record.id,
        status=record.status,
        raw_status=record.status,
        fetched_at=fetched_at,
        issued_at=record.date,
        due_at=record.date,
        paid_at=record.date if paid else None,
        currency=record.amount.currency,
        total=record.amount.amount,
        subtotal=record.amount.amount,
        paid=record.amount.amount if paid else 0,
        subscription=record.subscription,
        customer=record.customer,
        charge=record.charge,
        url=urls.invoice(record.id),
    )
