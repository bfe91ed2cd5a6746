"""Giving money back. A refund is decided first (its id is the gateway's command id) and counts only
once the gateway has confirmed it. One at a time, and never more than was paid."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from services.addons.domain.errors import CannotRefund, RefundInProgress, RefundTooLarge
from services.addons.domain.purchase.events import (
    AddonRefunded,
    AddonRefundStarted,
    PurchaseEvent,
)
from services.addons.domain.purchase.purchase import OpenRefund, Purchase
from services.addons.domain.purchase.state import Purchases


def decide_refund(
    purchases: Purchases,
    purchase_id: str,
    refund_id: str,
    amount_cents: int | None,
    reason: str,
    at: datetime,
) -> list[PurchaseEvent]:
    """`amount_cents` None: all that is left. The same refund id again changes nothing."""
    purchase = purchases.get(purchase_id)
    if refund_id in purchases.refund_ids:
        return []
    if purchase.refunds:
        raise RefundInProgress
    left = purchase.refundable_cents
    if left == 0 or purchase.is_disputed:
        raise CannotRefund(status=purchase.shown_status)
    if amount_cents is not None and amount_cents > left:
        raise RefundTooLarge(refundable_cents=left)
    return [_started(purchase, refund_id, amount_cents or left, reason, at)]


def decide_confirm_refund(
    purchases: Purchases, purchase_id: str, refund_id: str, ref: str, at: datetime
) -> list[PurchaseEvent]:
    """`ref` is the gateway's. Nothing when it was confirmed or refused before."""
    purchase = purchases.get(purchase_id)
    refund = purchase.open_refund(refund_id)
    if refund is None:
        return []
    refunded = AddonRefunded(
        timestamp=at,
        purchase=purchase.with_refund(refund.amount_cents, refund_id),
        refund_ref=ref,
        amount_cents=refund.amount_cents,
        reason=refund.reason,
    )
    return [refunded]


def give_back(purchase: Purchase, refund_id: str, reason: str, at: datetime) -> list[PurchaseEvent]:
    """All that is left, if anything is and the bank does not hold it."""
    left = 0 if purchase.is_disputed else purchase.refundable_cents
    return [_started(purchase, refund_id, left, reason, at)] if left > 0 else []


def _started(
    purchase: Purchase, refund_id: str, amount_cents: int, reason: str, at: datetime
) -> AddonRefundStarted:
    refund = OpenRefund(refund_id=refund_id, amount_cents=amount_cents, reason=reason)
    return AddonRefundStarted(
        timestamp=at,
        purchase=replace(purchase, refunds=(*purchase.refunds, refund)),
        refund_id=refund_id,
        amount_cents=amount_cents,
        reason=reason,
    )
