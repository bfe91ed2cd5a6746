"""What people change in a gateway's dashboard, shown as it is and kept by every change of ours."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest

from gateways.port import (
    ActionRequired,
    ChangedByHand,
    CurrencyMismatch,
    Declined,
    PlanSpec,
    SubscriptionSnapshot,
    Swapped,
    SwapTiming,
)
from kernel.money import Money
from tests.support.gateway_driver import DashboardDriver
from tests.support.gateway_steps import PRO, TEAM, subscribed, synced

YEARLY = PlanSpec("pro-yearly", "Pro", Money(49_000, "USD"), "year")
TIMINGS: tuple[SwapTiming, ...] = ("prorate", "next_cycle")
EUROS = PlanSpec("pro-euro", "Pro", Money(4_500, "EUR"), "month")


def shown(driver: DashboardDriver, ref: str) -> SubscriptionSnapshot:
    listed = {each.ref: each for each in driver.gateway.subscriptions.list_all()}
    fetched = driver.gateway.subscriptions.fetch(ref)
    assert (listed[ref].items, listed[ref].discounts) == (fetched.items, fetched.discounts)
    return fetched


class TestShown:
    def test_a_second_item_changes_nothing_of_ours(self, dashboard: DashboardDriver) -> None:
        made = subscribed(dashboard)
        dashboard.by_hand.add_item(made.ref, 1_500)
        after = shown(dashboard, made.ref)
        assert (after.price_ref, after.price) == (made.price_ref, PRO.price)
        amounts = {item.price_ref == made.price_ref: item.amount for item in after.items}
        assert amounts == {True: PRO.price, False: Money(1_500, "USD")}

    def test_a_discount(self, dashboard: DashboardDriver) -> None:
        made = subscribed(dashboard)
        dashboard.by_hand.give_coupon(made.ref, 50)
        after = shown(dashboard, made.ref)
        assert [(each.percent, each.ends_at) for each in after.discounts] == [(Decimal(50), None)]
        assert after.price == PRO.price

    def test_a_quantity(self, dashboard: DashboardDriver) -> None:
        made = subscribed(dashboard)
        dashboard.by_hand.set_quantity(made.ref, 3)
        after = shown(dashboard, made.ref)
        assert (after.quantity, after.price) == (3, Money(3 * 4_900, "USD"))

    def test_a_trial(self, dashboard: DashboardDriver) -> None:
        made = subscribed(dashboard)
        until = (dashboard.now() + timedelta(days=14)).replace(microsecond=0)
        dashboard.by_hand.start_trial(made.ref, until)
        after = shown(dashboard, made.ref)
        assert (after.status, after.trial_end, after.period_end) == ("trialing", until, until)

    def test_a_trial_that_ends_with_it(self, dashboard: DashboardDriver) -> None:
        made = subscribed(dashboard)
        until = (dashboard.now() + timedelta(days=14)).replace(microsecond=0)
        dashboard.by_hand.start_trial(made.ref, until)
        dashboard.gateway.subscriptions.cancel("cancel_1", made.ref, at_period_end=True)
        after = shown(dashboard, made.ref)
        assert (after.status, after.cancel_at, after.trial_end) == ("grace", until, until)

    def test_a_pause_of_collection(self, dashboard: DashboardDriver) -> None:
        made = subscribed(dashboard)
        until = (dashboard.now() + timedelta(days=30)).replace(microsecond=0)
        dashboard.by_hand.pause(made.ref, until)
        paused = shown(dashboard, made.ref).paused
        assert paused is not None
        assert (paused.kind, paused.resumes_at) == ("collection", until)

    def test_an_open_invoice_with_its_address(self, dashboard: DashboardDriver) -> None:
        made = subscribed(dashboard)
        dashboard.fail_payment(made.ref)
        waiting = shown(dashboard, made.ref).open_invoice
        assert waiting is not None
        assert waiting.amount == PRO.price
        assert str(waiting.url).startswith("http")

    def test_a_plan_for_the_next_period(self, dashboard: DashboardDriver) -> None:
        made, team = subscribed(dashboard), synced(dashboard, TEAM)
        dashboard.by_hand.plan_price(made.ref, team.price)
        planned = shown(dashboard, made.ref).planned
        assert planned is not None
        assert (planned.price_ref, planned.at, planned.ours) == (team.price, made.period_end, False)

    def test_our_own_plan(self, dashboard: DashboardDriver) -> None:
        made, team = subscribed(dashboard), synced(dashboard, TEAM)
        dashboard.gateway.subscriptions.swap("swap_1", made.ref, team.price, "next_cycle")
        planned = shown(dashboard, made.ref).planned
        assert planned is not None
        assert (planned.price_ref, planned.ours) == (team.price, True)

    def test_a_deleted_customer(self, dashboard: DashboardDriver) -> None:
        made = subscribed(dashboard)
        dashboard.by_hand.delete_customer(made.ref)
        after = shown(dashboard, made.ref)
        assert (after.status, after.customer_deleted) == ("cancelled", True)

    def test_a_discounted_invoice(self, dashboard: DashboardDriver) -> None:
        made = subscribed(dashboard)
        dashboard.by_hand.give_coupon(made.ref, 50)
        dashboard.renew(made.ref)
        newest = dashboard.gateway.subscriptions.invoices(made.customer, made.ref)[0]
        assert (newest.subtotal, newest.discount, newest.total) == (4_900, 2_450, 2_450)
        assert [line.amount for line in newest.lines] == [2_450]
        assert newest.paid == 2_450


class TestKeptBySwaps:
    @pytest.mark.parametrize("timing", TIMINGS)
    def test_all_of_it_stays(self, dashboard: DashboardDriver, timing: SwapTiming) -> None:
        made, team = subscribed(dashboard), synced(dashboard, TEAM)
        dashboard.by_hand.set_quantity(made.ref, 3)
        dashboard.by_hand.give_coupon(made.ref, 50)
        dashboard.by_hand.add_item(made.ref, 1_500)
        dashboard.gateway.subscriptions.swap("swap_1", made.ref, team.price, timing)
        dashboard.renew(made.ref)
        after = shown(dashboard, made.ref)
        assert (after.price_ref, after.quantity) == (team.price, 3)
        assert [each.percent for each in after.discounts] == [Decimal(50)]
        assert Money(1_500, "USD") in [item.amount for item in after.items]

    def test_a_planned_one_leaves_the_present_as_it_is(self, dashboard: DashboardDriver) -> None:
        made, team = subscribed(dashboard), synced(dashboard, TEAM)
        dashboard.by_hand.give_coupon(made.ref, 50)
        dashboard.by_hand.add_item(made.ref, 1_500)
        before = shown(dashboard, made.ref)
        dashboard.gateway.subscriptions.swap("swap_1", made.ref, team.price, "next_cycle")
        after = shown(dashboard, made.ref)
        assert (after.items, after.discounts) == (before.items, before.discounts)

    def test_a_trial_goes_on(self, dashboard: DashboardDriver) -> None:
        made, team = subscribed(dashboard), synced(dashboard, TEAM)
        until = (dashboard.now() + timedelta(days=14)).replace(microsecond=0)
        dashboard.by_hand.start_trial(made.ref, until)
        dashboard.gateway.subscriptions.swap("swap_1", made.ref, team.price, "next_cycle")
        after = shown(dashboard, made.ref)
        assert (after.status, after.trial_end) == ("trialing", until)

    def test_what_people_planned_is_not_undone(self, dashboard: DashboardDriver) -> None:
        made, team = subscribed(dashboard), synced(dashboard, TEAM)
        yearly = synced(dashboard, YEARLY)
        dashboard.by_hand.plan_price(made.ref, team.price)
        with pytest.raises(ChangedByHand):
            dashboard.gateway.subscriptions.swap("swap_1", made.ref, yearly.price, "next_cycle")
        assert shown(dashboard, made.ref).planned is not None


class TestRefusedSwaps:
    def test_a_declined_card_changes_nothing(self, dashboard: DashboardDriver) -> None:
        made, yearly = subscribed(dashboard), synced(dashboard, YEARLY)
        dashboard.by_hand.set_card(made.ref, "declined")
        outcome = dashboard.gateway.subscriptions.swap("s1", made.ref, yearly.price, "prorate")
        assert isinstance(outcome, Declined)
        assert outcome.code
        after = shown(dashboard, made.ref)
        assert (after.price_ref, after.status) == (made.price_ref, "active")
        assert after.open_invoice is None

    def test_a_confirmation_is_waited_for(self, dashboard: DashboardDriver) -> None:
        made, yearly = subscribed(dashboard), synced(dashboard, YEARLY)
        dashboard.by_hand.set_card(made.ref, "3ds")
        outcome = dashboard.gateway.subscriptions.swap("s1", made.ref, yearly.price, "prorate")
        assert isinstance(outcome, ActionRequired)
        assert outcome.url.startswith("http")
        assert shown(dashboard, made.ref).price_ref == made.price_ref
        dashboard.confirm(outcome.ref, succeed=True)
        after = shown(dashboard, made.ref)
        assert (after.price_ref, after.interval, after.status) == (yearly.price, "year", "active")

    def test_asking_again_leads_to_the_same_confirmation(self, dashboard: DashboardDriver) -> None:
        made, yearly = subscribed(dashboard), synced(dashboard, YEARLY)
        dashboard.by_hand.set_card(made.ref, "3ds")
        subscriptions = dashboard.gateway.subscriptions
        first = subscriptions.swap("s1", made.ref, yearly.price, "prorate")
        assert subscriptions.swap("s1", made.ref, yearly.price, "prorate") == first
        assert subscriptions.swap("s2", made.ref, yearly.price, "prorate") == first

    def test_a_failed_confirmation_changes_nothing(self, dashboard: DashboardDriver) -> None:
        made, yearly = subscribed(dashboard), synced(dashboard, YEARLY)
        dashboard.by_hand.set_card(made.ref, "3ds")
        outcome = dashboard.gateway.subscriptions.swap("s1", made.ref, yearly.price, "prorate")
        assert isinstance(outcome, ActionRequired)
        dashboard.confirm(outcome.ref, succeed=False)
        after = shown(dashboard, made.ref)
        assert (after.price_ref, after.status) == (made.price_ref, "active")

    def test_another_plan_replaces_one_that_waits(self, dashboard: DashboardDriver) -> None:
        made, yearly = subscribed(dashboard), synced(dashboard, YEARLY)
        team = synced(dashboard, TEAM)
        dashboard.by_hand.set_card(made.ref, "3ds")
        subscriptions = dashboard.gateway.subscriptions
        subscriptions.swap("s1", made.ref, yearly.price, "prorate")
        assert isinstance(subscriptions.swap("s2", made.ref, team.price, "prorate"), Swapped)
        after = shown(dashboard, made.ref)
        assert (after.price_ref, after.open_invoice) == (team.price, None)

    def test_another_currency_is_refused_before_anything_is_sent(
        self, dashboard: DashboardDriver
    ) -> None:
        made, euros = subscribed(dashboard), synced(dashboard, EUROS)
        subscriptions = dashboard.gateway.subscriptions
        for timing in TIMINGS:
            with pytest.raises(CurrencyMismatch):
                subscriptions.preview_swap(made.ref, euros.price, timing)
            with pytest.raises(CurrencyMismatch):
                subscriptions.swap(f"s-{timing}", made.ref, euros.price, timing)


class TestUnpaidPeriods:
    def test_nothing_of_one_is_given_back(self, dashboard: DashboardDriver) -> None:
        made = subscribed(dashboard, TEAM)
        pro = synced(dashboard, PRO)
        dashboard.fail_payment(made.ref)
        subscriptions = dashboard.gateway.subscriptions
        assert subscriptions.preview_swap(made.ref, pro.price, "prorate") == Money(0, "USD")
        subscriptions.swap("swap_1", made.ref, pro.price, "prorate")
        dashboard.recover_payment(made.ref)
        dashboard.renew(made.ref)
        newest = subscriptions.invoices(made.customer, made.ref)[0]
        assert newest.total == PRO.price.amount
