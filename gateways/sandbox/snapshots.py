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
    Invoice,
    PaymentMethod,
    Refund,
    Status,
    SubscriptionSnapshot,
    Succeeded,
)
from gateways.sandbox.checkouts import status_at
from gateways.sandbox.customers import card_of
from gateways.sandbox.ledger import Ledger
from gateways.sandbox.profiles import Profile
from gateways.sandbox.records import (
    Charge,
    CheckoutPage,
    InvoiceRecord,
    Method,
    RefundRecord,
    Subscription,
)


class Pages:
    """Addresses of the hosted pages under the public origin."""

    def __init__(self, public_url: str) -> None:
        self._base = f"{public_url.rstrip('/')}/sandbox"

    def checkout(self, ref: str) -> str:
        return f"{self._base}/checkout/{ref}"

    def confirmation(self, ref: str) -> str:
        return f"{self._base}/3ds/{ref}"

    def portal(self, ref: str) -> str:
        return f"{self._base}/portal/{ref}"

    def invoice(self, number: str) -> str:
        return f"{self._base}/invoice/{number}"


def checkout(page: CheckoutPage, pages: Pages) -> Checkout:
    return Checkout(page.id, pages.checkout(page.id), page.expires_at)


def checkout_snapshot(page: CheckoutPage, now: datetime) -> CheckoutSnapshot:
    return CheckoutSnapshot(page.id, status_at(page, now), page.subscription, page.charge)


def subscription_snapshot(
    ledger: Ledger, profile: Profile, gateway: str, record: Subscription, fetched_at: datetime
) -> SubscriptionSnapshot:
    """A card on file is told only where it can be charged again."""
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


def charge_snapshot(record: Charge, pages: Pages) -> ChargeSnapshot:
    return ChargeSnapshot(
        ref=record.id,
        status=record.status,
        amount=record.amount,
        command_id=record.command_id,
        workspace_id=record.workspace_id,
        confirmation_url=pages.confirmation(record.id) if record.status == "pending" else None,
        decline_code=record.decline_code,
        refunded=record.refunded,
    )


def charge_outcome(record: Charge, pages: Pages) -> ChargeOutcome:
    if record.status == "succeeded":
        return Succeeded(record.id)
    if record.status == "pending":
        return ActionRequired(record.id, pages.confirmation(record.id))
    return Declined(record.id, record.decline_code)


def refund(record: RefundRecord) -> Refund:
    return Refund(record.id, record.amount, "succeeded")


def invoice(record: InvoiceRecord, pages: Pages) -> Invoice:
    return Invoice(
        number=record.id,
        date=record.date,
        amount=record.amount,
        status=record.status,
        url=pages.invoice(record.id),
        charge=record.charge,
    )
