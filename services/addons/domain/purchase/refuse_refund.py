"""The gateway will not make a refund, or could not deliver it."""

from __future__ import annotations

from datetime import datetime

from services.addons.domain.purchase.events import AddonRefundFailed, PurchaseEvent
from services.addons.domain.purchase.observation import Observation
from services.addons.domain.purchase.observe import decide_observe
from services.addons.domain.purchase.state import Purchases, evolve


def decide_refuse_refund(
    purchases: Purchases,
    purchase_id: str,
    refund_id: str,
    reason: str,
    seen: Observation | None,
    next_refund_id: str,
    at: datetime,
) -> list[PurchaseEvent]:
    """Together with what the gateway shows of the charge since: the money may have gone back by
    hand, or to the payer's bank. Nothing when the refund was confirmed or refused before."""
    purchase = purchases.get(purchase_id)
    refund = purchase.open_refund(refund_id)
    if refund is None:
        return []
    failed = AddonRefundFailed(
        timestamp=at,
        purchase=purchase.without_refund(refund_id),
        refund_id=refund_id,
        amount_cents=refund.amount_cents,
        reason=reason,
    )
    if seen is None:
        return [failed]
    after = evolve(purchases, failed)
    return [failed, *decide_observe(after, purchase_id, seen, next_refund_id, at)]
