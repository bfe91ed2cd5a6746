"""What was tried, taken, given back and disputed of payment intents."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

import stripe

from gateways.port import DisputeSnapshot, DisputeStatus, RefundSnapshot, RefundStatus
from gateways.stripe.client import StripeClient
from gateways.stripe.money import from_stripe
from gateways.stripe.references import reference
from gateways.stripe.timestamps import to_datetime

REFUND_STATUSES: dict[str, RefundStatus] = {
    "succeeded": "succeeded",
    "failed": "failed",
    "canceled": "failed",
}
# An inquiry that was closed, and a dispute that was prevented, took nothing.
_DISPUTE_STATUSES: dict[str, DisputeStatus] = {
    "won": "won",
    "lost": "lost",
    "warning_closed": "won",
    "prevented": "won",
}


@dataclass(slots=True)
class Collected:
    """Of one payment intent or of one invoice; charges newest first."""

    charges: list[stripe.Charge] = field(default_factory=list)
    refunds: list[stripe.Refund] = field(default_factory=list)
    disputes: list[stripe.Dispute] = field(default_factory=list)

    @property
    def last_failed(self) -> stripe.Charge | None:
        return next((charge for charge in self.charges if charge.status == "failed"), None)

    @property
    def took_money(self) -> bool:
        return any(charge.status == "succeeded" for charge in self.charges)

    def refund_snapshots(self) -> tuple[RefundSnapshot, ...]:
        return tuple(map(_refund, sorted(self.refunds, key=lambda each: (each.created, each.id))))

    def dispute_snapshots(self) -> tuple[DisputeSnapshot, ...]:
        return tuple(map(_dispute, sorted(self.disputes, key=lambda each: (each.created, each.id))))


class Collections:
    """A request for a customer's charges (a page of 100 each), and one for each disputed charge.
    Errors of the SDK come out as they are."""

    def __init__(self, client: StripeClient) -> None:
        self._api = client.api

    def of_customer(self, customer: str) -> dict[str, Collected]:
        """By payment intent."""
        return self._collected({"customer": customer})

    def of_intents(self, intents: Iterable[str]) -> dict[str, Collected]:
        found: dict[str, Collected] = {}
        for intent in intents:
            found |= self._collected({"payment_intent": intent})
        return found

    def _collected(self, wanted: stripe.params.ChargeListParams) -> dict[str, Collected]:
        found: dict[str, Collected] = defaultdict(Collected)
        listed = self._api.charges.list({**wanted, "limit": 100, "expand": ["data.refunds"]})
        for charge in listed.auto_paging_iter():
            of = found[reference(charge.payment_intent)]
            of.charges.append(charge)
            of.refunds.extend(self._refunds(charge))
            if charge.disputed:
                disputes = self._api.disputes.list({"charge": charge.id, "limit": 100})
                of.disputes.extend(disputes.auto_paging_iter())
        return found

    def _refunds(self, charge: stripe.Charge) -> Iterable[stripe.Refund]:
        shown = charge.refunds
        if shown is not None and not shown.has_more:
            return shown.data
        return self._api.refunds.list({"charge": charge.id, "limit": 100}).auto_paging_iter()


def merged(parts: Iterable[Collected]) -> Collected:
    whole = Collected()
    for part in parts:
        whole.charges += part.charges
        whole.refunds += part.refunds
        whole.disputes += part.disputes
    return whole


def _refund(refund: stripe.Refund) -> RefundSnapshot:
    return RefundSnapshot(
        ref=refund.id,
        amount=from_stripe(refund.amount, refund.currency).amount,
        status=REFUND_STATUSES.get(refund.status or "", "pending"),
        at=to_datetime(refund.created),
    )


def _dispute(dispute: stripe.Dispute) -> DisputeSnapshot:
    status = _DISPUTE_STATUSES.get(dispute.status, "open")
    return DisputeSnapshot(
        ref=dispute.id,
        amount=from_stripe(dispute.amount, dispute.currency).amount,
        status=status,
        reason=dispute.reason,
        opened_at=to_datetime(dispute.created),
        closed_at=_given_back_at(dispute) if status == "won" else None,
    )


def _given_back_at(dispute: stripe.Dispute) -> datetime | None:
    """Only a won dispute is dated: by the money that came back."""
    movements = [each.created for each in dispute.balance_transactions]
    return to_datetime(max(movements)) if len(movements) > 1 else None
