"""What the payer's bank takes back, as the gateways' webhooks tell of it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import cast

import pytest

from tests.support.addon_environment import AddonEnvironment, addon_service
from tests.support.addon_service import ROOT, AddonService
from tests.support.answers import code
from tests.support.gateway_driver import MoneyDriver
from tests.support.gateway_drivers import open_driver

SAVED_CARD, HOSTED = ["sandbox-stripe", "stripe"], ["paypal", "razorpay"]


@pytest.fixture(params=[*SAVED_CARD, *HOSTED])
def addons(request: pytest.FixtureRequest, site: AddonEnvironment) -> Iterator[AddonService]:
    with open_driver(request.param) as driver, addon_service(site, driver) as opened:
        opened.offer(currency="USD")
        if request.param in SAVED_CARD:
            opened.save_card("ok")
        yield opened


def paid(addons: AddonService) -> tuple[str, str]:
    """A purchase, and what is disputed of it: its payment, or the invoice that it is."""
    purchase_id = addons.bought()
    if addons.parts.purchases.get(purchase_id).checkout_ref:
        addons.pay_hosted_checkout(purchase_id)
    addons.command(purchase_id, "reconcile")
    charge = addons.parts.purchases.get(purchase_id).charge_ref or ""
    if charge.startswith("in_"):
        return purchase_id, charge
    return purchase_id, addons.gateway.payments.fetch(charge).payment or charge


def heard(addons: AddonService) -> None:
    addons.deliver_webhooks()
    addons.work()


class TestDispute:
    @pytest.mark.parametrize("won", [True, False])
    def test_is_heard_of_and_how_it_ends_too(self, addons: AddonService, won: bool) -> None:
        bank = cast(MoneyDriver, addons.driver)
        purchase_id, payment = paid(addons)
        heard(addons)
        dispute = bank.open_dispute(payment)
        heard(addons)
        [order] = addons.show("orders", ROOT, q=dispute)["data"]
        assert (order["status"], order["dispute"]["status"]) == ("disputed", "open")
        assert code(addons.command(purchase_id, "deliver")) == (409, "cannot_deliver")
        assert addons.buy().status_code == 409
        bank.close_dispute(dispute, won=won)
        heard(addons)
        [shown] = addons.show("workspaces/acme/purchases")["data"]
        assert shown["status"] == ("paid" if won else "disputed")
        assert [step["step"] for step in shown["steps"]][-2:] == ["disputed", "dispute_closed"]
        assert (addons.buy().status_code == 409) == won

    def test_of_a_lost_webhook_is_found_by_looking(self, addons: AddonService) -> None:
        bank = cast(MoneyDriver, addons.driver)
        purchase_id, payment = paid(addons)
        bank.open_dispute(payment)
        addons.clock.advance(timedelta(days=8))
        addons.work()
        assert addons.parts.purchases.get(purchase_id).shown_status == "disputed"
