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
    DisputeSnapshot,
    InvoiceSnapshot,
    Item,
    OpenInvoice,
    Pause,
    PaymentMethod,
    PlannedChange,
    Refund,
    RefundSnapshot,
    Status,
    SubscriptionSnapshot,
    Succeeded,
)
from gateways.sandbox.client import SandboxClient
from gateways.sandbox.simulation import charges, invoices
from gateways.sandbox.simulation.bills import is_free
from gateways.sandbox.simulation.checkouts import status_at
from gateways.sandbox.simulation.customers import card_of
from gateways.sandbox.simulation.ledger import Ledger
from gateways.sandbox.simulation.records import (
    Charge,
    CheckoutPage,
    Customer,
    InvoiceRecord,
    Method,
    RefundRecord,
    Subscription,
)
from gateways.sandbox.urls import PageUrls
from kernel.month import Month


def checkout(page: CheckoutPage, urls: PageUrls) -> Checkout:
    return Checkout(page.id, urls.checkout(page.id), page.expires_at)


def checkout_snapshot(page: CheckoutPage, now: datetime) -> CheckoutSnapshot:
    return CheckoutSnapshot(page.id, status_at(page, now), page.subscription, page.charge)


def subscription_snapshot(
    ledger: Ledger, client: SandboxClient, record: Subscription, fetched_at: datetime
) -> SubscriptionSnapshot:
    """A card on file is shown only where it can be charged again."""
    profile, urls = client.profile, client.urls
    return SubscriptionSnapshot(
        gateway=client.name,
        ref=record.id,
        status=_status(record, ledger.now),
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
        quantity=record.quantity,
        items=(_own_item(record), *record.extras),
        discounts=record.discounts,
        trial_end=record.trial_end,
        planned=_planned(record),
        paused=_pause(record, ledger.now),
        open_invoice=_open_invoice(ledger, record, urls),
        paid_with=profile.paid_with,
        customer_deleted=ledger.get(Customer, record.customer).deleted,
        payment_method=(
            _method(ledger, record.method) if profile.capabilities.saved_method_charge else None
        ),
    )


def _pause(record: Subscription, now: datetime) -> Pause | None:
    """One that ends by itself is over then."""
    pause = record.paused
    over = pause is not None and pause.resumes_at is not None and pause.resumes_at <= now
    return None if over else pause


def _status(record: Subscription, now: datetime) -> Status:
    if record.phase != "active":
        return record.phase
    pause = _pause(record, now)
    if pause is not None and pause.kind == "subscription":
        return "paused"
    if record.cancel_at is not None:
        return "grace"
    return "trialing" if is_free(record) else "active"


def _own_item(record: Subscription) -> Item:
    return Item(
        ref=f"si_{record.id}",
        price_ref=record.price,
        quantity=record.quantity,
        amount=record.amount,
    )


def _planned(record: Subscription) -> PlannedChange | None:
    if record.next_price is None:
        return None
    return PlannedChange(record.period_end, record.next_price, not record.planned_by_hand)


def _open_invoice(ledger: Ledger, record: Subscription, urls: PageUrls) -> OpenInvoice | None:
    """The newest."""
    for invoice in invoices.listed(ledger, None, record.id):
        if invoice.status == "open":
            return OpenInvoice(invoice.id, invoice.amount, urls.invoice(invoice.id), invoice.date)
    return None


def _method(ledger: Ledger, ref: str | None) -> PaymentMethod | None:
    if ref is None:
        return None
    method = ledger.get(Method, ref)
    card, expires = card_of(method), Month.parse(method.expires) if method.expires else None
    return PaymentMethod(ref, card.brand, card.last4, expires, card.fingerprint)


def charge_snapshot(ledger: Ledger, record: Charge, urls: PageUrls) -> ChargeSnapshot:
    return ChargeSnapshot(
        ref=record.id,
        status=record.status,
        amount=record.amount,
        command_id=record.command_id,
        workspace_id=record.workspace_id,
        confirmation_url=urls.confirmation(record.id) if record.status == "pending" else None,
        decline_code=record.decline_code,
        refunded=record.refunded,
        refunds=_refunds(ledger, record.id),
        disputes=_disputes(ledger, record.id),
    )


def charge_outcome(record: Charge, urls: PageUrls) -> ChargeOutcome:
    if record.status == "succeeded":
        return Succeeded(record.id)
    if record.status == "pending":
        return ActionRequired(record.id, urls.confirmation(record.id))
    return Declined(record.id, record.decline_code)


def refund(record: RefundRecord) -> Refund:
    return Refund(record.id, record.amount, record.status)


def _refunds(ledger: Ledger, charge: str | None) -> tuple[RefundSnapshot, ...]:
    return tuple(
        RefundSnapshot(each.id, each.amount.amount, each.status, each.made_at or ledger.now)
        for each in charges.refunds_of(ledger, charge)
    )


def _disputes(ledger: Ledger, charge: str | None) -> tuple[DisputeSnapshot, ...]:
    return tuple(
        DisputeSnapshot(
            ref=each.id,
            amount=each.amount.amount,
            status=each.status,
            reason="fraudulent",
            opened_at=each.opened_at,
            closed_at=each.closed_at,
        )
        for each in charges.disputes_of(ledger, charge)
    )


def invoice_snapshot(
    ledger: Ledger, client: SandboxClient, record: InvoiceRecord, fetched_at: datetime
) -> InvoiceSnapshot:
    return InvoiceSnapshot(
        gateway=client.name,
        ref=record.id,
        number=record.id,
        status=record.status,
        raw_status=record.status,
        fetched_at=fetched_at,
        issued_at=record.date,
        due_at=record.date,
        paid_at=record.paid_at,
        voided_at=record.given_up_at,
        failure=record.failure,
        currency=record.amount.currency,
        total=record.amount.amount,
        subtotal=record.amount.amount + record.discount,
        discount=record.discount,
        paid=record.amount.amount if record.status == "paid" else 0,
        subscription=record.subscription,
        customer=record.customer,
        workspace_id=record.workspace_id,
        command_id=record.command_id,
        charge=record.charge,
        lines=record.lines,
        refunds=_refunds(ledger, record.charge),
        disputes=_disputes(ledger, record.charge),
        url=client.urls.invoice(record.id),
    )
