"""The same purchases on every adapter, against the doubles of the real gateways too."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest

from tests.support.addon_environment import AddonEnvironment, addon_service
from tests.support.addon_service import OWNER, AddonService
from tests.support.gateway_drivers import EVERY_DRIVER, open_driver

CHARGING = ["sandbox-stripe", "stripe"]


@pytest.fixture
def addons(request: pytest.FixtureRequest, site: AddonEnvironment) -> Iterator[AddonService]:
    with open_driver(request.param) as driver, addon_service(site, driver) as opened:
        opened.offer(currency="USD")
        yield opened


every_gateway = pytest.mark.parametrize("addons", EVERY_DRIVER, indirect=True)
charging_gateways = pytest.mark.parametrize("addons", CHARGING, indirect=True)


@charging_gateways
class TestSavedCard:
    def test_a_good_card_pays_and_its_webhooks_change_nothing(self, addons: AddonService) -> None:
        addons.save_card("ok")
        answer = addons.buy()
        assert (answer.status_code, answer.json()["status"]) == (201, "paid")
        head = addons.parts.store.head()
        addons.deliver_webhooks(times=2, backwards=True)
        addons.parts.sweep.settle_due()
        assert addons.parts.store.head() == head
        assert addons.driver.effects("charge") == 1

    def test_a_declined_card_fails(self, addons: AddonService) -> None:
        addons.save_card("declined")
        assert addons.buy().status_code == 402
        addons.save_card("ok")
        assert addons.buy().status_code == 201

    @pytest.mark.parametrize("succeed", [True, False])
    def test_the_banks_question_is_answered(self, addons: AddonService, succeed: bool) -> None:
        addons.save_card("3ds")
        answer = addons.buy()
        assert answer.status_code == 202
        pending = answer.json()
        assert pending["confirmation_url"].startswith("http")
        addons.driver.confirm(pending["charge_ref"], succeed=succeed)
        addons.deliver_webhooks()
        addons.work()
        assert addons.status(pending["purchase_id"]) == ("paid" if succeed else "failed")

    def test_a_lost_answer_is_found_again(self, addons: AddonService) -> None:
        addons.save_card("ok")
        addons.driver.break_next("timeout_after_effect", 2)
        addons.buy()
        addons.driver.break_next("timeout_after_effect", 0)
        addons.sweep()
        [purchase] = addons.show("workspaces/acme/purchases")["data"]
        assert purchase["status"] == "paid"
        assert addons.driver.effects("charge") == 1


@pytest.mark.parametrize("addons", ["sandbox-paypal", "sandbox-razorpay"], indirect=True)
class TestSavedMethodThatCanNotBeCharged:
    def test_leads_to_a_hosted_checkout(self, addons: AddonService) -> None:
        addons.save_card("ok")
        answer = addons.buy()
        assert answer.status_code == 202
        addons.pay_hosted_checkout(answer.json()["purchase_id"])
        addons.sweep()
        assert addons.status(answer.json()["purchase_id"]) == "paid"


@pytest.mark.parametrize("addons", ["paypal"], indirect=True)
class TestApprovedOrderThatIsRefused:
    def test_waits_for_its_payer_who_is_told_why(self, addons: AddonService) -> None:
        purchase_id = addons.bought()
        addons.decline_hosted_checkout(purchase_id)
        refused = addons.command(purchase_id, "reconcile", OWNER).json()
        assert (refused["status"], refused["decline_code"]) == ("pending", "INSTRUMENT_DECLINED")
        assert refused["confirmation_url"] == addons.hosted_checkout(purchase_id).url
        addons.driver.advance(timedelta(minutes=1))
        addons.pay_hosted_checkout(purchase_id)
        paid = addons.command(purchase_id, "reconcile", OWNER).json()
        assert (paid["status"], paid["decline_code"]) == ("paid", None)

    def test_is_forgotten_after_hours_and_frees_the_addon(self, addons: AddonService) -> None:
        purchase_id = addons.bought()
        addons.decline_hosted_checkout(purchase_id)
        addons.sweep()
        addons.driver.advance(timedelta(hours=7))
        addons.sweep()
        assert addons.status(purchase_id) == "failed"
        assert addons.buy().status_code == 202


@every_gateway
class TestHostedCheckout:
    def test_a_hosted_checkout_is_paid_without_a_chargeable_card(
        self, addons: AddonService
    ) -> None:
        purchase_id = addons.bought()
        assert addons.hosted_checkout(purchase_id).url.startswith("http")
        addons.pay_hosted_checkout(purchase_id)
        settled = addons.command(purchase_id, "reconcile", OWNER).json()
        assert settled["status"] == "paid"

    def test_its_webhook_completes_the_purchase(self, addons: AddonService) -> None:
        purchase_id = addons.bought()
        addons.pay_hosted_checkout(purchase_id)
        addons.deliver_webhooks()
        addons.work()
        assert addons.status(purchase_id) == "paid"
        addons.deliver_webhooks(times=2)
        addons.work()
        assert addons.topics().count("AddonPaid") == 1

    def test_a_paid_one_is_refunded_in_part_and_in_whole(self, addons: AddonService) -> None:
        purchase_id = addons.bought()
        addons.pay_hosted_checkout(purchase_id)
        addons.command(purchase_id, "reconcile")
        part = addons.command(purchase_id, "refund", amount_cents=9_900)
        assert part.status_code == 200, part.text
        addons.sweep()
        assert addons.parts.purchases.get(purchase_id).refunded_cents == 9_900
        assert addons.command(purchase_id, "refund").status_code == 200
        addons.sweep()
        assert addons.status(purchase_id) == "refunded"
        assert addons.driver.effects("refund") == 2

    def test_who_pays_a_cancelled_one_gets_it_back(self, addons: AddonService) -> None:
        """Where it can't be closed, or was paid at that moment. What was only approved is not
        taken."""
        purchase_id = addons.bought()
        checkout = addons.hosted_checkout(purchase_id)
        addons.pay_hosted_checkout(purchase_id)
        addons.command(purchase_id, "cancel")
        addons.sweep()
        purchase = addons.parts.purchases.get(purchase_id)
        taken = 0 if addons.driver.gateway.name == "paypal" else 49_900  # approved, not captured
        assert (purchase.status, purchase.refunded_cents) == ("cancelled", taken)
        assert addons.driver.effects("charge") == (1 if taken else 0)
        shown = addons.gateway.checkouts.fetch(checkout.ref).status
        assert shown == ("complete" if taken else "open")
