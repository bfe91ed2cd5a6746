"""Purchases and observations for tests of the domain, in few words."""

from __future__ import annotations

from dataclasses import replace

from services.addons.domain.purchase.events import (
    AddonCancelled,
    AddonDelivered,
    AddonPaid,
    AddonPurchaseStarted,
)
from services.addons.domain.purchase.observation import Observation
from services.addons.domain.purchase.purchase import Buyer, OpenRefund, Purchase
from services.addons.domain.purchase.state import PURCHASES, Purchases
from tests.support.decider import AT, Given, given

STARTED = Purchase(
    purchase_id="pur_1",
    workspace_id="acme",
    addon="setup",
    addon_name="Set-up",
    price_cents=49_900,
    currency="EUR",
    buyer=Buyer(subject="ann"),
    gateway="stripe",
    customer="cus_1",
    payment_method="pm_1",
    success_url="https://app.example/ok",
    cancel_url="https://app.example/no",
    started_at=AT,
)
PAID = replace(STARTED, status="paid", captured=True, charge_ref="ch_1")
FAILED = replace(
    STARTED, status="failed", blocks=False, charge_ref="ch_1", decline_code="insufficient_funds"
)
DELIVERED = replace(PAID, status="delivered")
CANCELLED = replace(STARTED, status="cancelled", blocks=False)
SECOND = replace(STARTED, purchase_id="pur_2")
SUCCEEDED = Observation(status="succeeded", charge_ref="ch_1")

PurchaseHistory = Given[Purchases]
started = given(PURCHASES, AddonPurchaseStarted(timestamp=AT, purchase=STARTED))
paid = started.and_then(AddonPaid(timestamp=AT, purchase=PAID))
delivered = paid.and_then(AddonDelivered(timestamp=AT, purchase=DELIVERED))
cancelled = started.and_then(AddonCancelled(timestamp=AT, purchase=CANCELLED))


def open_refund(refund_id: str, amount_cents: int, reason: str) -> OpenRefund:
    return OpenRefund(refund_id=refund_id, amount_cents=amount_cents, reason=reason)
