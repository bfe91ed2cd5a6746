"""What sales sell at Stripe, past our checkout: adopted and shown as it is."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import cast

import pytest

from services.billing.domain.errors import SubscriptionLive
from tests.support.billing_service import (
    BACK,
    CAUSE,
    OWNER,
    SUCCESS,
    BillingService,
    billing_service,
    day_of,
)
from tests.support.gateway_drivers import open_driver
from tests.support.stripe_driver import StripeDriver
from tests.support.stripe_sales import StripeSales


@dataclass
class Acme:
    """A workspace that is known here and has paid nothing."""

    billing: BillingService
    driver: StripeDriver
    sales: StripeSales

    def price(self, plan: str) -> str:
        return self.billing.billing.plans.price_ref(plan, "stripe", CAUSE)


@pytest.fixture
def acme(billing_url: str) -> Iterator[Acme]:
    with open_driver("stripe") as opened:
        driver = cast(StripeDriver, opened)
        with billing_service(billing_url, {"stripe": driver}) as billing:
            billing.checkout()
            yield Acme(billing, driver, StripeSales(driver))


class TestAdoptedByWebhook:
    def test_a_subscription_of_a_known_customer_is_not_sold_again(self, acme: Acme) -> None:
        billing = acme.billing
        first = billing.subscribe()
        customer = billing.gateway.subscriptions.fetch(first).customer or ""
        billing.gateway.subscriptions.cancel("support", first, at_period_end=False)
        billing.deliver()
        by_hand = acme.sales.subscribe(acme.price("team"), customer)
        billing.deliver(times=2, backwards=True)
        shown = billing.shown()
        assert (shown["plan"], shown["status"], shown["subscription_ref"]) == (
            *("team", "active"),
            by_hand,
        )
        assert billing.count("SubscriptionAdopted") == 1
        assert (
            billing.post(
                "/checkout",
                {"plan": "team", "gateway": "stripe", "success_url": SUCCESS, "cancel_url": BACK},
            ).status_code
            == 409
        )
        assert billing.charging() == [by_hand]

    def test_a_payment_link_names_the_workspace(self, acme: Acme) -> None:
        _, subscription = acme.sales.sell_by_link(acme.price("pro"), "acme")
        acme.billing.deliver(times=2, backwards=True)
        assert acme.billing.shown()["subscription_ref"] == subscription
        assert acme.billing.count("SubscriptionAdopted") == 1

    def test_a_link_for_nobody_that_is_known_here_is_left_to_people(self, acme: Acme) -> None:
        acme.sales.sell_by_link(acme.price("pro"), "stranger")
        acme.billing.deliver()
        assert acme.billing.billing.accounts.find("stranger") is None

    def test_who_pays_already_is_left_to_people(self, acme: Acme) -> None:
        first = acme.billing.subscribe()
        acme.sales.sell_by_link(acme.price("team"), "acme")
        acme.billing.deliver()
        assert acme.billing.shown()["subscription_ref"] == first
        assert len(acme.billing.charging()) == 2

    def test_a_second_one_that_another_program_marked_is_not_ended(self, acme: Acme) -> None:
        """The business named workspaces in metadata before it came here."""
        first = acme.billing.subscribe()
        second = acme.sales.subscribe(
            acme.price("team"), metadata={"workspace_id": "acme"}, status="active"
        )
        acme.billing.deliver()
        acme.billing.billing.doctor.examine(repair=True)
        assert acme.billing.shown()["subscription_ref"] == first
        assert sorted(acme.billing.charging()) == sorted([first, second])

    def test_what_is_paid_counts_over_a_plan_that_was_assigned(self, acme: Acme) -> None:
        acme.billing.put_plan("enterprise")
        _, by_hand = acme.sales.sell_by_link(acme.price("pro"), "acme")
        acme.billing.deliver()
        assert acme.billing.charging() == [by_hand]
        assert acme.billing.shown()["plan"] == "pro"


class TestAdoptedBySupport:
    def test_two_at_once_do_not_end_one_another(self, acme: Acme) -> None:
        """The second is asked for while the first is being fetched."""
        refs = [acme.sales.subscribe(acme.price("pro")) for _ in range(2)]
        adopt = acme.billing.billing.adopt_subscription
        fetched = [acme.billing.gateway.subscriptions.fetch(ref) for ref in refs]
        adopt.shown("acme", fetched[0], CAUSE)
        with pytest.raises(SubscriptionLive):
            adopt.shown("acme", fetched[1], CAUSE)
        acme.billing.sweep()
        assert sorted(acme.billing.charging()) == sorted(refs)


class TestAdoptedByReconciling:
    def test_who_comes_back_from_a_payment_link_has_the_plan(self, acme: Acme) -> None:
        session, _ = acme.sales.sell_by_link(acme.price("pro"), "acme")
        assert acme.billing.reconcile(session_id=session)["plan"] == "pro"

    def test_somebody_else_s_link_gives_nothing(self, acme: Acme) -> None:
        session, _ = acme.sales.sell_by_link(acme.price("pro"), "other")
        assert acme.billing.reconcile(session_id=session)["plan"] == "free"


class TestAdoptedByTheDoctor:
    def test_what_no_webhook_told_of(self, acme: Acme) -> None:
        first = acme.billing.subscribe()
        customer = acme.billing.gateway.subscriptions.fetch(first).customer or ""
        acme.billing.gateway.subscriptions.cancel("support", first, at_period_end=False)
        acme.billing.deliver()
        by_hand = acme.sales.subscribe(acme.price("team"), customer)
        acme.driver.deliveries()
        doctor = acme.billing.billing.doctor
        assert not doctor.examine().is_healthy
        assert doctor.examine(repair=True).is_healthy
        assert acme.billing.shown()["subscription_ref"] == by_hand


class TestShownAsItIs:
    def test_a_negotiated_price_of_our_product(self, acme: Acme) -> None:
        price = acme.sales.negotiate(acme.price("pro"), 3900)
        acme.sales.sell_by_link(price, "acme")
        acme.billing.deliver()
        shown = acme.billing.shown()
        assert (shown["plan"], shown["price_cents"]) == ("pro", 3900)
        facts = acme.billing.reconcile()["subscription"]
        assert (facts["amount_cents"], facts["unit_price_cents"]) == (3900, 3900)
        assert acme.billing.count("PriceMismatchNoticed") == 0

    def test_seats_at_a_negotiated_price(self, acme: Acme) -> None:
        price = acme.sales.negotiate(acme.price("pro"), 3900)
        _, subscription = acme.sales.sell_by_link(price, "acme")
        acme.driver.by_hand.set_quantity(subscription, 3)
        acme.billing.deliver()
        facts = acme.billing.reconcile()["subscription"]
        assert (facts["quantity"], facts["unit_price_cents"]) == (3, 3900)
        assert (facts["amount_cents"], facts["price_cents"]) == (11700, 11700)

    def test_what_is_planned_in_the_portal_and_given_up_there(self, acme: Acme) -> None:
        reference = acme.billing.subscribe()
        acme.driver.by_hand.plan_price(reference, acme.price("team"))
        acme.billing.deliver()
        assert acme.billing.shown()["next_plan"] == "team"
        assert acme.billing.count("PlanSwapScheduled") == 1
        acme.sales.release(reference)
        acme.billing.deliver()
        assert acme.billing.shown()["next_plan"] is None

    def test_a_swap_of_ours_is_planned_once(self, acme: Acme) -> None:
        acme.billing.subscribe()
        acme.billing.client.patch(
            "/v1/billing/workspaces/acme/settings",
            json={"plan_change": "next_cycle"},
            headers=OWNER,
        )
        acme.billing.post("/subscription/swap", {"plan": "team"})
        acme.billing.deliver(times=2)
        assert acme.billing.reconcile()["subscription"]["next_plan"] == "team"
        assert acme.billing.count("PlanSwapScheduled") == 1

    def test_a_fixed_term(self, acme: Acme) -> None:
        reference = acme.billing.subscribe()
        ends_at = (acme.driver.now() + timedelta(days=300)).replace(microsecond=0)
        acme.driver.store.get(reference)["cancel_at"] = int(ends_at.timestamp())
        shown = acme.billing.reconcile()
        assert (shown["status"], day_of(shown["cancel_at"])) == ("active", ends_at)

    def test_a_fixed_term_is_cancelled_with_the_period(self, acme: Acme) -> None:
        reference = acme.billing.subscribe()
        ends_at = acme.driver.now() + timedelta(days=300)
        acme.driver.store.get(reference)["cancel_at"] = int(ends_at.timestamp())
        acme.billing.reconcile()
        answer = acme.billing.post("/subscription/cancel").json()
        seen = acme.driver.gateway.subscriptions.fetch(reference)
        assert (answer["status"], answer["changed"]) == ("grace", True)
        assert day_of(answer["cancel_at"]) == seen.cancel_at == seen.period_end

    def test_a_quarterly_price(self, acme: Acme) -> None:
        price = acme.sales.negotiate(acme.price("pro"), 12000)
        acme.sales.price_of(price)["recurring"]["interval_count"] = 3
        acme.sales.sell_by_link(price, "acme")
        acme.billing.deliver()
        facts = acme.billing.reconcile()["subscription"]
        assert (facts["plan"], facts["amount_cents"], facts["interval_count"]) == ("pro", 12000, 3)

    def test_a_pause_of_collection(self, acme: Acme) -> None:
        until = (acme.driver.now() + timedelta(days=30)).replace(microsecond=0)
        acme.driver.by_hand.pause(acme.billing.subscribe(), until)
        acme.billing.deliver()
        shown = acme.billing.reconcile()
        assert (shown["status"], shown["plan"]) == ("active", "pro")
        paused = shown["subscription"]["paused"]
        assert (paused["kind"], day_of(paused["resumes_at"])) == ("collection", until)
