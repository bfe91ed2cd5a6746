"""Subscriptions at Stripe from checkout to end, however its webhooks travel."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from deploy.demo.host import Host
from tests.e2e.conftest import Start
from tests.support.stripe_double import API_KEY
from tests.support.stripe_driver import SECRET, StripeDriver, driver
from tests.support.stripe_story import StripeStory
from tests.support.stripe_webhook_sender import TRAVELS, Travel, WebhookSender
from tests.support.system import RunningSystem

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def stripe() -> Iterator[StripeDriver]:
    with driver() as opened:
        yield opened


@pytest.fixture(scope="module")
def system(
    start: Start, stripe: StripeDriver, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[RunningSystem]:
    environment = {
        "BILLING_JWT_SECRET": "s" * 40,
        "BILLING_STRIPE_API_KEY": API_KEY,
        "BILLING_STRIPE_WEBHOOK_SECRET": SECRET,
        "BILLING_STRIPE_API_BASE": stripe.double.api_base,
        "BILLING_SANDBOX_PROFILE": "off",
    }
    with start(tmp_path_factory.mktemp("stripe"), **environment) as running:
        yield running


@pytest.fixture(scope="module")
def host(system: RunningSystem) -> Iterator[Host]:
    opened = system.host()
    yield opened
    opened.close()


@pytest.fixture(params=TRAVELS)
def story(
    request: pytest.FixtureRequest, system: RunningSystem, host: Host, stripe: StripeDriver
) -> StripeStory:
    """In a workspace of its own, with the plans `pro` and `team`, both offered at Stripe."""
    travel: Travel = request.param
    webhook_sender = WebhookSender(stripe, system.http, travel)
    workspace = f"{request.function.__name__.removeprefix('test_')[:20].strip('_')}-{travel}"
    told = StripeStory(system, host, stripe, webhook_sender, workspace.replace("_", "-"))
    for name, price_cents in (("pro", 4900), ("team", 9900)):
        made = told.create_plan(name, price_cents)
        assert made["sync"]["stripe"]["state"] == "synced"
    return told


class TestTheWholeLifecycle:
    def test_from_checkout_to_the_default_plan(
        self, story: StripeStory, stripe: StripeDriver
    ) -> None:
        opened = story.checkout("pro")
        assert story.shown()["checkout"]["url"] == opened["url"]
        story.pay(opened)
        story.at_the_bank(stripe.renew)
        story.reprice("pro", 5900)
        story.at_the_bank(stripe.fail_payment)
        story.at_the_bank(stripe.recover_payment)
        story.change("swap", {"plan": story.slug("team")})
        story.change("cancel")
        story.change("resume")
        story.change_at_the_next_cycle()
        story.change("swap", {"plan": story.slug("pro")})
        story.at_the_bank(stripe.renew)
        story.change("cancel")
        story.at_the_bank(stripe.renew)
        story.finish()
        assert (story.shown()["plan"], story.shown()["status"]) == ("free", "cancelled")
        assert story.invoiced == story.billed
        assert len(story.subscriptions) == 1
        assert story.charging == []


class TestTwoPayments:
    def test_a_plan_bought_over_the_present_one_replaces_it(self, story: StripeStory) -> None:
        story.pay_unnoticed(story.checkout("pro"))
        story.finish()
        self.pay_for_team_and_keep_nothing_else(story)

    def test_two_pages_paid_before_anybody_told(self, story: StripeStory) -> None:
        story.pay_unnoticed(story.checkout("pro"))
        self.pay_for_team_and_keep_nothing_else(story)

    def pay_for_team_and_keep_nothing_else(self, story: StripeStory) -> None:
        (first,) = story.charging
        story.pay_unnoticed(story.checkout("team"))
        story.finish()
        (charging,) = story.charging
        assert charging != first
        assert story.shown()["plan"] == story.slug("team")
        assert story.refunds == [4900]


class TestTheThreeWayComparison:
    def test_finds_nothing_after_all_of_it(self, system: RunningSystem) -> None:
        report = json.loads(system.cli("doctor", "--json").stdout)
        assert report["findings"] == []
