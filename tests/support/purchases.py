"""Purchases and observations for tests of the domain, in few words."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from services.addons.domain.events import (
    AddonCancelled,
    AddonDelivered,
    AddonPaid,
)
from services.addons.domain.facts import Buyer, Observation, OpenRefund, Purchase
from services.addons.domain.purchases import Purchases
from tests.support.aggregates import AT, Given, fact, given

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
ALL = OpenRefund(refund_id="rfd_1", amount_cents=49_900, reason="sorry")
PART = OpenRefund(refund_id="rfd_1", amount_cents=9_900, reason="sorry")


History = Callable[[], Given[Purchases]]


def started() -> Given[Purchases]:
    return given(Purchases.start_first(STARTED))


def paid() -> Given[Purchases]:
    return started().and_then(fact(AddonPaid, purchase=PAID))


def delivered() -> Given[Purchases]:
    return paid().and_then(fact(AddonDelivered, purchase=DELIVERED))


def cancelled() -> Given[Purchases]:
    return started().and_then(fact(AddonCancelled, purchase=CANCELLED))


def see(purchases: Purchases, seen: Observation) -> None:
    purchases.observe("pur_1", seen, "rfd_9", AT)
