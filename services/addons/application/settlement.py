"""Brings a purchase to what the gateway says: the one path of the buyer's own request, webhooks,
`reconcile` and the sweep, each as often as they like and in any order."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from gateways.port import Gateway, GatewayNotConfigured
from kernel.cause import Cause
from kernel.ids import new_id
from runtime.eventstore.vault import Vault
from services.addons.application.gateway_lookup import look_up, observed
from services.addons.application.make_refunds import make_refunds
from services.addons.application.purchase_repository import PurchaseRepository
from services.addons.application.take_payment import take_payment
from services.addons.domain.purchase.observation import Observation
from services.addons.domain.purchase.observe import decide_observe
from services.addons.domain.purchase.purchase import Purchase

# `now`: this purchase has just begun. `if_unheard_of`: an earlier attempt may have charged the card
# and died, and the charge may have been refunded since. A hosted checkout that was never shown is
# opened anew.
Charging = Literal["now", "if_unheard_of", "never"]


@dataclass(frozen=True, slots=True)
class Settlement:
    purchases: PurchaseRepository
    gateways: Mapping[str, Gateway]
    vault: Vault

    def settle(
        self, purchase_id: str, cause: Cause, charging: Charging = "if_unheard_of"
    ) -> Purchase:
        """Asks the gateway and goes on from its answer: charges what was not charged yet, captures
        what the payer approved, closes what a cancelled purchase left open, makes decided refunds.
        Raises GatewayUnavailable."""
        return self.settle_and_show(purchase_id, cause, charging)[0]

    def settle_and_show(
        self, purchase_id: str, cause: Cause, charging: Charging = "if_unheard_of"
    ) -> tuple[Purchase, Observation | None]:
        """Also what the gateway showed, if it was asked and knows of the purchase."""
        purchase = self.purchases.get(purchase_id)
        gateway = self._gateway(purchase)
        purchase = make_refunds(self.purchases, gateway, purchase, cause)
        seen = self._ask(gateway, purchase, charging)
        if seen is not None and seen.approved and charging != "never":
            seen = _capture(gateway, purchase, seen)
        if seen is not None:
            purchase = self._observe(purchase_id, seen, cause)
            purchase = make_refunds(self.purchases, gateway, purchase, cause)
            _close(gateway, purchase, seen)
        return purchase, seen

    def _gateway(self, purchase: Purchase) -> Gateway:
        try:
            return self.gateways[purchase.gateway]
        except KeyError:
            raise GatewayNotConfigured(gateway=purchase.gateway) from None

    def _ask(self, gateway: Gateway, purchase: Purchase, charging: Charging) -> Observation | None:
        unheard = purchase.charge_ref is None and purchase.checkout_ref is None
        if purchase.status != "pending" or not unheard or charging == "never":
            return look_up(gateway, purchase)
        by_card = purchase.payment_method is not None
        found = look_up(gateway, purchase) if by_card and charging == "if_unheard_of" else None
        return found or take_payment(gateway, purchase, self.vault.unseal(purchase.buyer.email))

    def _observe(self, purchase_id: str, seen: Observation, cause: Cause) -> Purchase:
        if seen.payment_ref:
            self.purchases.index.name_payment(purchase_id, seen.payment_ref)
        return self.purchases.decide(
            purchase_id,
            cause,
            lambda state, now: decide_observe(state, purchase_id, seen, new_id("rfd"), now),
        )


def _capture(gateway: Gateway, purchase: Purchase, seen: Observation) -> Observation:
    """While the purchase still waits for the money."""
    if purchase.status != "pending" or seen.charge_ref is None:
        return seen
    return observed(gateway.payments.capture(purchase.purchase_id, seen.charge_ref))


def _close(gateway: Gateway, purchase: Purchase, seen: Observation) -> None:
    """Nobody shall pay for what was cancelled; who did at this moment gets it back."""
    if purchase.status != "cancelled" or seen.status != "pending":
        return
    if purchase.checkout_ref is not None:
        gateway.checkouts.abandon(purchase.checkout_ref)
    elif purchase.charge_ref is not None:
        gateway.payments.abandon(purchase.charge_ref)
