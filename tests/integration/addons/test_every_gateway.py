"""The same purchases on every adapter, against the doubles of the real gateways too."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.support.addon_environment import AddonEnvironment, addon_service
from tests.support.addon_service import OWNER, AddonService
from tests.support.gateway_drivers import DRIVERS, open_driver

CHARGING = ["sandbox-stripe", "stripe"]


@pytest.fixture
def any_house(request: pytest.FixtureRequest, site: AddonEnvironment) -> Iterator[AddonService]:
    with open_driver(request.param) as driver, addon_service(site, driver) as opened:
        opened.offer(currency="USD")
        yield opened


every_gateway = pytest.mark.parametrize("any_house", [name for name, _ in DRIVERS], indirect=True)
charging_gateways = pytest.mark.parametrize("any_house", CHARGING, indirect=True)


@charging_gateways
class TestSavedCard:
    def test_a_good_card_pays_and_its_webhooks_change_nothing(
        self, any_house: AddonService
    ) -> None:
        any_house.save_card("ok")
        answer = any_house.buy()
        assert (answer.status_code, answer.json()["status"]) == (201, "paid")
        head = any_house.parts.store.head()
        any_house.deliver_webhooks(times=2, backwards=True)
        any_house.parts.settling.settle_due()
        assert any_house.parts.store.head() == head
        assert any_house.driver.effects("charge") == 1

    def test_a_declined_card_fails(self, any_house: AddonService) -> None:
        any_house.save_card("declined")
        assert any_house.buy().status_code == 402
        any_house.save_card("ok")
        assert any_house.buy().status_code == 201

    @pytest.mark.parametrize("succeed", [True, False])
    def test_the_banks_question_is_answered(self, any_house: AddonService, succeed: bool) -> None:
        any_house.save_card("3ds")
        answer = any_house.buy()
        assert answer.status_code == 202
        pending = answer.json()
        assert pending["confirmation_url"].startswith("http")
        any_house.driver.confirm(pending["charge_ref"], succeed=succeed)
        any_house.deliver_webhooks()
        any_house.work()
        assert any_house.status(pending["purchase_id"]) == ("paid" if succeed else "failed")

    def test_a_lost_answer_is_found_again(self, any_house: AddonService) -> None:
        any_house.save_card("ok")
        any_house.driver.break_next("timeout_after_effect", 2)
        any_house.buy()
        any_house.driver.break_next("timeout_after_effect", 0)
        any_house.sweep()
        [purchase] = any_house.show("workspaces/acme/purchases")["data"]
        assert purchase["status"] == "paid"
        assert any_house.driver.effects("charge") == 1


@pytest.mark.parametrize("any_house", ["sandbox-paypal", "sandbox-razorpay"], indirect=True)
class TestSavedMethodThatCanNotBeCharged:
    def test_leads_to_a_page(self, any_house: AddonService) -> None:
        any_house.save_card("ok")
        answer = any_house.buy()
        assert answer.status_code == 202
        any_house.pay_page(answer.json()["purchase_id"])
        any_house.sweep()
        assert any_house.status(answer.json()["purchase_id"]) == "paid"


@every_gateway
class TestHostedPage:
    def test_without_a_chargeable_card_a_page_is_paid(self, any_house: AddonService) -> None:
        purchase_id = any_house.bought()
        assert any_house.page(purchase_id).url.startswith("http")
        any_house.pay_page(purchase_id)
        settled = any_house.command(purchase_id, "reconcile", OWNER).json()
        assert settled["status"] == "paid"

    def test_its_webhook_completes_the_purchase(self, any_house: AddonService) -> None:
        purchase_id = any_house.bought()
        any_house.pay_page(purchase_id)
        any_house.deliver_webhooks()
        any_house.work()
        assert any_house.status(purchase_id) == "paid"
        any_house.deliver_webhooks(times=2)
        any_house.work()
        assert any_house.topics().count("AddonPaid") == 1

    def test_a_paid_one_is_refunded_in_part_and_in_whole(self, any_house: AddonService) -> None:
        purchase_id = any_house.bought()
        any_house.pay_page(purchase_id)
        any_house.command(purchase_id, "reconcile")
        part = any_house.command(purchase_id, "refund", amount_cents=9_900)
        assert part.status_code == 200, part.text
        any_house.sweep()
        assert any_house.parts.purchases.get(purchase_id).refunded_cents == 9_900
        assert any_house.command(purchase_id, "refund").status_code == 200
        any_house.sweep()
        assert any_house.status(purchase_id) == "refunded"
        assert any_house.driver.effects("refund") == 2

    def test_who_pays_a_cancelled_one_gets_it_back(self, any_house: AddonService) -> None:
        """Where the page can't be closed, or was paid at that moment."""
        purchase_id = any_house.bought()
        page = any_house.page(purchase_id)
        any_house.pay_page(purchase_id)
        any_house.command(purchase_id, "cancel")
        any_house.sweep()
        purchase = any_house.parts.purchases.get(purchase_id)
        assert (purchase.status, purchase.refunded_cents) == ("cancelled", 49_900)
        assert any_house.gateway.checkouts.fetch(page.ref).status == "complete"
