"""Brings a purchase to what the gateway says: the one path of the buyer's own request, webhooks,
`reconcile` and the sweep, each as often as they like and in any order."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Literal

import structlog

from gateways.port import (
    Gateway,
    GatewayNotConfigured,
    GatewayRejected,
    ReferenceNotFound,
)
from kernel.cause import SWEEP, Cause
from kernel.clock import Clock
from kernel.errors import DomainError
from kernel.ids import new_id
from kernel.money import Money
from runtime.eventstore.store import retry_conflicts
from runtime.eventstore.vault import Vault
from services.addons.application.asking import ask_for_payment, look
from services.addons.application.purchase_index import PurchaseIndex
from services.addons.application.purchase_repository import PurchaseRepository
from services.addons.domain.facts import Observation, OpenRefund, Purchase

log = structlog.get_logger()
CLAIMED_FOR = timedelta(minutes=2)
RETRY_AFTER = timedelta(seconds=30)
AT_ONCE = 20
# `now`: this purchase has just begun. `if_unheard_of`: an earlier attempt may have charged the card
# and died, and the charge may have been refunded since. A page that was never shown is opened anew.
Charging = Literal["now", "if_unheard_of", "never"]


class Settling:
    def __init__(
        self,
        purchases: PurchaseRepository,
        index: PurchaseIndex,
        gateways: Mapping[str, Gateway],
        vault: Vault,
        clock: Clock,
    ) -> None:
        self._purchases = purchases
        self._index = index
        self._gateways = gateways
        self._vault = vault
        self._clock = clock

    def settle(
        self, purchase_id: str, cause: Cause, charging: Charging = "if_unheard_of"
    ) -> Purchase:
        """Asks the gateway and goes on from its answer: charges what was not charged yet, closes
        the page of a cancelled purchase, makes decided refunds. Raises GatewayUnavailable."""
        return self._settle(purchase_id, cause, charging)[0]

    def settle_due(self) -> int:
        """One round of the sweep; returns how many purchases it looked at. One that the gateway
        does not answer for is tried again later and holds up no other."""
        now = self._clock()
        claimed = now + CLAIMED_FOR
        due = self._index.claim_due(now, claimed, AT_ONCE)
        for purchase_id in due:
            self._index.postpone(purchase_id, claimed, self._swept(purchase_id))
        return len(due)

    def _swept(self, purchase_id: str) -> datetime | None:
        """When to look again."""
        try:
            purchase, seen = self._settle(purchase_id, SWEEP, "if_unheard_of")
        except DomainError as error:
            log.warning("purchase_not_settled", purchase=purchase_id, code=error.code)
            return self._clock() + RETRY_AFTER
        if purchase.status == "cancelled" and seen and seen.status in ("failed", "cancelled"):
            return None
        return purchase.look_again_at(self._clock(), changed=False)

    def _settle(
        self, purchase_id: str, cause: Cause, charging: Charging
    ) -> tuple[Purchase, Observation | None]:
        purchase = self._purchases.get(purchase_id)
        gateway = self._gateway(purchase)
        purchase = self._make_refunds(gateway, purchase, cause)
        seen = self._ask(gateway, purchase, charging)
        if seen is not None:
            purchase = self._observe(purchase_id, seen, cause)
            purchase = self._make_refunds(gateway, purchase, cause)
            _close_page(gateway, purchase, seen)
        return purchase, seen

    def _gateway(self, purchase: Purchase) -> Gateway:
        try:
            return self._gateways[purchase.gateway]
        except KeyError:
            raise GatewayNotConfigured(gateway=purchase.gateway) from None

    def _ask(self, gateway: Gateway, purchase: Purchase, charging: Charging) -> Observation | None:
        unheard = purchase.charge_ref is None and purchase.checkout_ref is None
        if purchase.status != "pending" or not unheard or charging == "never":
            return look(gateway, purchase)
        by_card = purchase.payment_method is not None
        found = look(gateway, purchase) if by_card and charging == "if_unheard_of" else None
        return found or ask_for_payment(gateway, purchase, self._vault.unseal(purchase.buyer.email))

    @retry_conflicts
    def _observe(self, purchase_id: str, seen: Observation, cause: Cause) -> Purchase:
        purchases = self._purchases.holding(purchase_id)
        purchases.observe(purchase_id, seen, new_id("rfd"), self._clock())
        return self._purchases.save(purchases, purchase_id, cause)

    def _make_refunds(self, gateway: Gateway, purchase: Purchase, cause: Cause) -> Purchase:
        for refund in purchase.refunds:
            purchase = self._make_refund(gateway, purchase, refund, cause)
        return purchase

    def _make_refund(
        self, gateway: Gateway, purchase: Purchase, refund: OpenRefund, cause: Cause
    ) -> Purchase:
        amount = Money(refund.amount_cents, purchase.currency)
        charge = purchase.charge_ref or ""
        try:
            made = gateway.payments.refund(refund.refund_id, charge, amount, refund.reason)
        except (GatewayRejected, ReferenceNotFound) as error:
            return self._fail_refund(purchase.purchase_id, refund, error.text, cause)
        if made.status == "failed":
            return self._fail_refund(purchase.purchase_id, refund, "refund failed", cause)
        if made.status == "succeeded":
            return self._confirm_refund(purchase.purchase_id, refund, made.ref, cause)
        return purchase

    @retry_conflicts
    def _confirm_refund(
        self, purchase_id: str, refund: OpenRefund, ref: str, cause: Cause
    ) -> Purchase:
        purchases = self._purchases.holding(purchase_id)
        purchases.confirm_refund(purchase_id, refund.refund_id, ref, self._clock())
        return self._purchases.save(purchases, purchase_id, cause)

    @retry_conflicts
    def _fail_refund(
        self, purchase_id: str, refund: OpenRefund, reason: str, cause: Cause
    ) -> Purchase:
        log.error("refund_failed", purchase=purchase_id, reason=reason)
        purchases = self._purchases.holding(purchase_id)
        purchases.fail_refund(purchase_id, refund.refund_id, reason, self._clock())
        return self._purchases.save(purchases, purchase_id, cause)


def _close_page(gateway: Gateway, purchase: Purchase, seen: Observation) -> None:
    """Nobody shall pay for what was cancelled; who did at this moment gets it back."""
    waits = purchase.status == "cancelled" and seen.status == "pending"
    if waits and purchase.checkout_ref is not None:
        gateway.checkouts.abandon(purchase.checkout_ref)
