"""What changes a subscription."""

from __future__ import annotations

from datetime import timedelta

import pytest

from gateways.port import (
    Declined,
    GatewayRejected,
    PlanSpec,
    Swapped,
    SwapTiming,
)
from kernel.money import Money
from tests.support.gateway_steps import (
    PRO,
    TEAM,
    subscribed,
    synced,
)
from tests.support.stripe_driver import StripeDriver

YEARLY = PlanSpec("pro-yearly", "Pro", Money(49_000, "USD"), "year")
DAYS = timedelta(days=3)  # Stripe has forgotten every idempotency key by then


class TestResume:
    def test_clears_the_date_that_the_portal_set(self, opened: StripeDriver) -> None:
        ref = subscribed(opened).ref
        opened.end_in_portal(ref)
        ending = opened.gateway.subscriptions.fetch(ref)
        assert (ending.status, ending.cancel_at) == ("grace", ending.period_end)
        opened.gateway.subscriptions.resume("resume_1", ref)
        assert opened.gateway.subscriptions.fetch(ref).status == "active"
        assert opened.store.get(ref)["cancel_at"] is None

    def test_clears_the_flag(self, opened: StripeDriver) -> None:
        ref = subscribed(opened).ref
        opened.gateway.subscriptions.cancel("cancel_1", ref, at_period_end=True)
        opened.gateway.subscriptions.resume("resume_1", ref)
        assert opened.store.get(ref)["cancel_at_period_end"] is False

    def test_an_old_cancellation_that_is_repeated_stays_withdrawn(
        self, opened: StripeDriver
    ) -> None:
        ref = subscribed(opened).ref
        opened.gateway.subscriptions.cancel("cancel_1", ref, at_period_end=True)
        opened.gateway.subscriptions.resume("resume_1", ref)
        opened.advance(DAYS)
        opened.gateway.subscriptions.cancel("cancel_1", ref, at_period_end=True)
        assert opened.gateway.subscriptions.fetch(ref).status == "active"


class TestSwap:
    def test_at_the_next_cycle_a_year_begins_when_the_month_ends(
        self, opened: StripeDriver
    ) -> None:
        before = subscribed(opened)
        yearly = synced(opened, YEARLY)
        opened.gateway.subscriptions.swap("swap_1", before.ref, yearly.price, "next_cycle")
        opened.renew(before.ref)
        after = opened.gateway.subscriptions.fetch(before.ref)
        assert (after.price, after.interval) == (YEARLY.price, "year")
        assert after.period_start == before.period_end

    def test_a_planned_one_is_given_up_by_a_cancellation(self, opened: StripeDriver) -> None:
        ref = subscribed(opened).ref
        opened.gateway.subscriptions.swap("swap_1", ref, synced(opened, TEAM).price, "next_cycle")
        opened.gateway.subscriptions.cancel("cancel_1", ref, at_period_end=True)
        opened.gateway.subscriptions.resume("resume_1", ref)
        opened.renew(ref)
        assert opened.gateway.subscriptions.fetch(ref).price == PRO.price

    def test_another_choice_replaces_the_planned_one(self, opened: StripeDriver) -> None:
        ref = subscribed(opened).ref
        opened.gateway.subscriptions.swap("swap_1", ref, synced(opened, TEAM).price, "next_cycle")
        opened.gateway.subscriptions.swap("swap_2", ref, synced(opened, YEARLY).price, "next_cycle")
        opened.renew(ref)
        assert opened.gateway.subscriptions.fetch(ref).price == YEARLY.price

    def test_choosing_the_present_plan_drops_the_planned_one(self, opened: StripeDriver) -> None:
        made = subscribed(opened)
        opened.gateway.subscriptions.swap(
            "swap_1", made.ref, synced(opened, TEAM).price, "next_cycle"
        )
        opened.gateway.subscriptions.swap("swap_2", made.ref, made.price_ref, "next_cycle")
        opened.renew(made.ref)
        assert opened.gateway.subscriptions.fetch(made.ref).price == PRO.price

    @pytest.mark.parametrize("timing", ["prorate", "next_cycle"])
    def test_an_old_one_that_is_repeated_changes_nothing_back(
        self, opened: StripeDriver, timing: SwapTiming
    ) -> None:
        made = subscribed(opened)
        team = synced(opened, TEAM)
        opened.gateway.subscriptions.swap("swap_1", made.ref, team.price, timing)
        opened.renew(made.ref)
        opened.renew(made.ref)
        opened.gateway.subscriptions.swap("swap_2", made.ref, made.price_ref, "prorate")
        opened.advance(DAYS)
        assert isinstance(
            opened.gateway.subscriptions.swap("swap_1", made.ref, team.price, timing), Swapped
        )
        opened.renew(made.ref)
        assert opened.gateway.subscriptions.fetch(made.ref).price == PRO.price

    def test_what_a_card_refuses_to_pay_does_not_change(self, opened: StripeDriver) -> None:
        made = subscribed(opened)
        assert made.payment_method is not None
        opened.store.cards[made.payment_method.ref] = "declined"
        outcome = opened.gateway.subscriptions.swap(
            "swap_1", made.ref, synced(opened, YEARLY).price, "prorate"
        )
        assert outcome == Declined(made.ref, "insufficient_funds")
        assert opened.gateway.subscriptions.fetch(made.ref).price == PRO.price

    def test_one_that_ends_first_is_refused(self, opened: StripeDriver) -> None:
        ref = subscribed(opened).ref
        opened.gateway.subscriptions.cancel("cancel_1", ref, at_period_end=True)
        with pytest.raises(GatewayRejected):
            opened.gateway.subscriptions.swap(
                "swap_1", ref, synced(opened, TEAM).price, "next_cycle"
            )

    def test_a_prorated_one_is_billed_with_the_next_invoice(self, opened: StripeDriver) -> None:
        made = subscribed(opened)
        team = synced(opened, TEAM)
        preview = opened.gateway.subscriptions.preview_swap(made.ref, team.price, "prorate")
        opened.gateway.subscriptions.swap("swap_1", made.ref, team.price, "prorate")
        opened.renew(made.ref)
        billed = opened.gateway.subscriptions.invoices(made.customer, made.ref)[0].total
        assert preview is not None
        assert abs(billed - TEAM.price.amount - preview.amount) <= 1


class TestPreview:
    def test_a_cheaper_plan_is_a_credit(self, opened: StripeDriver) -> None:
        ref = subscribed(opened, TEAM).ref
        preview = opened.gateway.subscriptions.preview_swap(ref, synced(opened).price, "prorate")
        assert preview == Money(-5_000, "USD")

    def test_another_interval_is_billed_at_once(self, opened: StripeDriver) -> None:
        ref = subscribed(opened).ref
        preview = opened.gateway.subscriptions.preview_swap(
            ref, synced(opened, YEARLY).price, "prorate"
        )
        assert preview == Money(49_000 - 4_900, "USD")

    def test_the_next_cycle_adds_nothing(self, opened: StripeDriver) -> None:
        ref = subscribed(opened).ref
        preview = opened.gateway.subscriptions.preview_swap(
            ref, synced(opened, TEAM).price, "next_cycle"
        )
        assert preview == Money(0, "USD")
