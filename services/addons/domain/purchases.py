"""All purchases of one add-on by one workspace: at most one of them blocks the next."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import ClassVar

from services.addons.domain.errors import (
    AddonAlreadyPurchased,
    CannotCancel,
    CannotDeliver,
    CannotReopen,
    RefundInProgress,
)
from services.addons.domain.events import (
    AddonCancelled,
    AddonChargeIdentified,
    AddonConfirmationRequired,
    AddonDelivered,
    AddonPaid,
    AddonPaidTooLate,
    AddonPaymentFailed,
    AddonPurchaseStarted,
    AddonPurchaseStartedAgain,
    AddonRefunded,
    AddonReopened,
    DeliveryTeamPaged,
)
from services.addons.domain.facts import Observation, Purchase
from services.addons.domain.refundable import RefundablePurchases


class Purchases(RefundablePurchases):
    """Every decision names its purchase. Whatever is seen of the gateway goes through `observe`,
    which only moves forward: seeing the same again, or seeing an older state, records nothing."""

    TOPIC: ClassVar[str] = "addons.Purchases"

    @staticmethod
    def stream(workspace: str, addon: str) -> str:
        return f"purchase:{workspace}:{addon}"

    @classmethod
    def start_first(cls, purchase: Purchase) -> Purchases:
        return cls._create(
            AddonPurchaseStarted,
            id=cls.stream(purchase.workspace_id, purchase.addon),
            timestamp=purchase.started_at,
            purchase=purchase,
        )

    def start(self, purchase: Purchase) -> None:
        for other in self.purchases.values():
            if other.blocks:
                raise AddonAlreadyPurchased(purchase_id=other.purchase_id, status=other.status)
        self._record(AddonPurchaseStartedAgain, purchase, purchase.started_at)

    def observe(self, purchase_id: str, seen: Observation, refund_id: str, at: datetime) -> None:
        """`refund_id` is used when money turns out to have arrived for a closed purchase."""
        purchase = self.get(purchase_id)
        if purchase.status == "pending":
            self._settle(purchase, seen, at)
        too_late = purchase.status in ("failed", "cancelled") and not purchase.captured
        if too_late:
            self._close(purchase, seen, at)
        self._notice_refunds(self.get(purchase_id), seen, at)
        if too_late:
            self._give_back(self.get(purchase_id), refund_id, "paid after it was closed", at)

    def deliver(self, purchase_id: str, at: datetime) -> None:
        purchase = self.get(purchase_id)
        if purchase.status != "paid":
            raise CannotDeliver(status=purchase.status)
        if purchase.refunds:
            raise RefundInProgress
        self._record(AddonDelivered, replace(purchase, status="delivered"), at)

    def cancel(self, purchase_id: str, refund_id: str, at: datetime) -> None:
        """What was paid goes back."""
        purchase = self.get(purchase_id)
        if purchase.status not in ("pending", "paid"):
            raise CannotCancel(status=purchase.status)
        cancelled = replace(purchase, status="cancelled", blocks=False, confirmation_url=None)
        self._record(AddonCancelled, cancelled, at)
        self._give_back(cancelled, refund_id, "cancelled before delivery", at)

    def reopen(self, purchase_id: str, at: datetime) -> None:
        purchase = self.get(purchase_id)
        if purchase.status != "delivered" or not purchase.blocks:
            raise CannotReopen(status=purchase.status)
        self._record(AddonReopened, replace(purchase, blocks=False), at)

    def note_page(self, purchase_id: str, message_id: str, at: datetime) -> None:
        """The delivery team was told. Records nothing the second time."""
        purchase = self.get(purchase_id)
        if not purchase.paged:
            paged = replace(purchase, paged=True)
            self._record(DeliveryTeamPaged, paged, at, message_id=message_id)

    def _settle(self, purchase: Purchase, seen: Observation, at: datetime) -> None:
        known = _with_references(purchase, seen)
        if seen.status == "succeeded":
            paid = replace(known, status="paid", captured=True, confirmation_url=None)
            self._record(AddonPaid, paid, at)
        elif seen.status != "pending":
            code = seen.decline_code or f"payment_{seen.status}"
            failed = replace(
                known, status="failed", blocks=False, decline_code=code, confirmation_url=None
            )
            self._record(AddonPaymentFailed, failed, at)
        else:
            url = seen.confirmation_url or purchase.confirmation_url
            waiting = replace(known, confirmation_url=url)
            if waiting != purchase:
                self._record(AddonConfirmationRequired, waiting, at)

    def _close(self, purchase: Purchase, seen: Observation, at: datetime) -> None:
        known = _with_references(purchase, seen)
        if seen.status == "succeeded":
            self._record(AddonPaidTooLate, replace(known, captured=True), at)
        elif known != purchase:
            self._record(AddonChargeIdentified, known, at)

    def _notice_refunds(self, purchase: Purchase, seen: Observation, at: datetime) -> None:
        """Refunds made at the gateway itself. While one of ours is open, its part of the sum is
        not known."""
        unknown = seen.refunded_cents - purchase.refunded_cents
        if not purchase.captured or purchase.refunds or unknown <= 0:
            return
        self._record(
            AddonRefunded,
            purchase.with_refund(unknown, None),
            at,
            refund_ref=purchase.charge_ref or "",
            amount_cents=unknown,
            reason="refunded at the gateway",
        )


def _with_references(purchase: Purchase, seen: Observation) -> Purchase:
    return replace(
        purchase,
        charge_ref=seen.charge_ref or purchase.charge_ref,
        checkout_ref=seen.checkout_ref or purchase.checkout_ref,
    )
