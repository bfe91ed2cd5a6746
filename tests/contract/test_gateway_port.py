"""What every gateway adapter must do, whichever payment company is behind it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import get_args

import pytest

from gateways.port import (
    ActionRequired,
    CapabilityNotSupported,
    Checkout,
    Declined,
    GatewayRejected,
    GatewayUnavailable,
    InvalidSignature,
    NeedsCheckout,
    PlanSpec,
    ReferenceNotFound,
    Succeeded,
    Swapped,
    VerifiedEvent,
)
from kernel.money import Money
from tests.support.gateway_driver import Delivery, Fault, GatewayDriver
from tests.support.gateway_drivers import REFUSED_CURRENCIES
from tests.support.gateway_steps import (
    PRO,
    SETUP_FEE,
    TEAM,
    charge_request,
    checkout_request,
    paid_charge,
    payment_request,
    started,
    subscribed,
    subscription_of,
    synced,
    until_answered,
)

FAULTS: tuple[Fault, ...] = get_args(Fault)


def repriced(plan: PlanSpec, amount: int) -> PlanSpec:
    return PlanSpec(plan.slug, plan.name, Money(amount, plan.price.currency), plan.interval)


class TestEnsurePlan:
    def test_the_product_and_its_price_exist_with_the_amount_asked_for(
        self, driver: GatewayDriver
    ) -> None:
        made = synced(driver)
        assert made.product
        assert made.price
        assert made.amount == PRO.price
        assert made.archived_price is None

    def test_syncing_again_changes_nothing(self, driver: GatewayDriver) -> None:
        made = synced(driver)
        again = driver.gateway.ensure_plan("sync-again", PRO, made)
        assert (again.product, again.price, again.archived_price) == (
            made.product,
            made.price,
            None,
        )
        assert driver.effects("price") == 1

    @pytest.mark.parametrize("command_id", ["sync-pro-monthly-4900", "sync-by-someone-else"])
    def test_a_lost_answer_is_found_again_without_the_current_reference(
        self, driver: GatewayDriver, command_id: str
    ) -> None:
        made = synced(driver)
        found = driver.gateway.ensure_plan(command_id, PRO, None)
        assert (found.product, found.price) == (made.product, made.price)
        assert driver.effects("price") == 1

    def test_a_new_name_keeps_the_price(self, driver: GatewayDriver) -> None:
        made = synced(driver)
        renamed = PlanSpec(PRO.slug, "Professional", PRO.price, PRO.interval)
        assert driver.gateway.ensure_plan("rename", renamed, made).price == made.price

    def test_a_new_amount_retires_the_price_and_makes_another(self, driver: GatewayDriver) -> None:
        made = synced(driver)
        changed = driver.gateway.ensure_plan("reprice", repriced(PRO, 5900), made)
        assert changed.price != made.price
        assert changed.amount == Money(5900, "USD")
        if driver.gateway.capabilities.archive_price:
            assert changed.archived_price == made.price
        assert driver.effects("price") == 2

    def test_a_price_change_that_is_repeated_happens_once(self, driver: GatewayDriver) -> None:
        made = synced(driver)
        first = driver.gateway.ensure_plan("reprice", repriced(PRO, 5900), made)
        second = driver.gateway.ensure_plan("reprice", repriced(PRO, 5900), made)
        assert second.price == first.price
        assert driver.effects("price") == 2

    def test_a_subscriber_keeps_the_price_bought(self, driver: GatewayDriver) -> None:
        bought = subscribed(driver)
        made = synced(driver)
        driver.gateway.ensure_plan("reprice", repriced(PRO, 5900), made)
        driver.renew(bought.ref)
        kept = driver.gateway.fetch_subscription(bought.ref)
        assert kept.price == PRO.price
        assert kept.price_ref == bought.price_ref

    def test_an_archived_price_is_not_sold(self, driver: GatewayDriver) -> None:
        made = synced(driver)
        driver.gateway.archive_plan("archive", made)
        driver.gateway.archive_plan("archive", made)
        request = checkout_request(made.price)
        if driver.gateway.capabilities.archive_price:
            with pytest.raises(GatewayRejected):
                driver.gateway.start_checkout(request)
        else:
            assert driver.gateway.start_checkout(request).url

    def test_two_plans_have_prices_of_their_own(self, driver: GatewayDriver) -> None:
        assert synced(driver, PRO).price != synced(driver, TEAM).price


class TestCheckout:
    def test_it_opens_a_page_that_waits_for_the_customer(self, driver: GatewayDriver) -> None:
        checkout = started(driver)
        assert checkout.url.startswith("http")
        assert driver.gateway.fetch_checkout(checkout.ref).status == "open"
        assert checkout.expires_at is None or checkout.expires_at > driver.now()

    def test_the_same_command_opens_one_page(self, driver: GatewayDriver) -> None:
        first = started(driver)
        second = started(driver)
        assert (second.ref, second.url) == (first.ref, first.url)
        assert driver.effects("checkout") == 1

    def test_another_command_opens_another_page(self, driver: GatewayDriver) -> None:
        assert started(driver).ref != started(driver, command="chk_2").ref

    def test_paying_it_makes_a_subscription_that_remembers_what_we_sent(
        self, driver: GatewayDriver
    ) -> None:
        price = synced(driver).price
        request = checkout_request(price, command="chk_9", replaces="sub_before")
        checkout = driver.gateway.start_checkout(request)
        driver.approve(checkout)
        assert driver.gateway.fetch_checkout(checkout.ref).status == "complete"
        made = subscription_of(driver, checkout)
        assert (made.workspace_id, made.command_id, made.replaces) == (
            "acme",
            "chk_9",
            "sub_before",
        )
        assert made.gateway == driver.gateway.name

    def test_paying_it_makes_an_active_subscription_at_the_price(
        self, driver: GatewayDriver
    ) -> None:
        made = subscribed(driver)
        assert made.status == "active"
        assert made.raw_status
        assert (made.price, made.interval) == (PRO.price, "month")
        assert made.price_ref == synced(driver).price
        assert made.cancel_at is None
        assert made.ended_at is None

    @pytest.mark.parametrize(("interval", "days"), [("month", 31), ("year", 366)])
    def test_the_paid_period_is_one_interval_long(
        self, driver: GatewayDriver, interval: str, days: int
    ) -> None:
        plan = PlanSpec("pro", "Pro", PRO.price, "year" if interval == "year" else "month")
        made = subscribed(driver, plan)
        assert made.interval == interval
        assert made.period_end is not None
        length = made.period_end - driver.now()
        assert timedelta(days=days - 4) < length <= timedelta(days=days)

    def test_the_snapshot_tells_a_method_on_file_where_it_can_be_charged(
        self, driver: GatewayDriver
    ) -> None:
        made = subscribed(driver)
        if driver.gateway.capabilities.saved_method_charge:
            assert made.customer
            assert made.payment_method is not None
            assert made.payment_method.ref

    def test_a_declined_card_leaves_nobody_subscribed(self, driver: GatewayDriver) -> None:
        checkout = started(driver)
        driver.decline(checkout)
        seen = driver.gateway.fetch_checkout(checkout.ref)
        assert seen.status != "complete"
        if seen.subscription is not None:
            status = driver.gateway.fetch_subscription(seen.subscription).status
            assert status in {"pending", "expired", "cancelled"}

    def test_abandoning_closes_an_open_page_where_that_exists(self, driver: GatewayDriver) -> None:
        checkout = started(driver)
        driver.gateway.abandon_checkout(checkout.ref)
        driver.gateway.abandon_checkout(checkout.ref)
        assert driver.gateway.fetch_checkout(checkout.ref).status in {"expired", "open"}

    def test_abandoning_a_paid_page_takes_nothing_away(self, driver: GatewayDriver) -> None:
        checkout = started(driver)
        driver.approve(checkout)
        driver.gateway.abandon_checkout(checkout.ref)
        assert driver.gateway.fetch_checkout(checkout.ref).status == "complete"
        assert subscription_of(driver, checkout).status == "active"

    @pytest.mark.parametrize(
        ("currency", "amount"), [("USD", 4999), ("JPY", 500), ("KWD", 1500), ("HUF", 199_900)]
    )
    def test_the_price_comes_back_in_the_same_minor_units(
        self, driver: GatewayDriver, driver_id: str, currency: str, amount: int
    ) -> None:
        plan = PlanSpec("local", "Local", Money(amount, currency), "month")
        if currency in REFUSED_CURRENCIES.get(driver_id, frozenset()):
            with pytest.raises(GatewayRejected):
                synced(driver, plan)
        else:
            assert subscribed(driver, plan).price == plan.price


class TestPaymentsOfASubscription:
    def test_renewal_moves_the_period_on(self, driver: GatewayDriver) -> None:
        before = subscribed(driver)
        driver.renew(before.ref)
        after = driver.gateway.fetch_subscription(before.ref)
        assert after.status == "active"
        assert before.period_end is not None
        assert after.period_end is not None
        assert after.period_end > before.period_end

    def test_a_failed_renewal_is_past_due_and_recovers(self, driver: GatewayDriver) -> None:
        ref = subscribed(driver).ref
        driver.fail_payment(ref)
        assert driver.gateway.fetch_subscription(ref).status == "past_due"
        driver.recover_payment(ref)
        assert driver.gateway.fetch_subscription(ref).status == "active"

    def test_exhausted_retries_suspend(self, driver: GatewayDriver) -> None:
        ref = subscribed(driver).ref
        driver.fail_payment(ref)
        driver.suspend(ref)
        assert driver.gateway.fetch_subscription(ref).status == "suspended"

    def test_snapshots_are_dated_forward(self, driver: GatewayDriver) -> None:
        first = subscribed(driver)
        second = driver.gateway.fetch_subscription(first.ref)
        assert first.fetched_at.tzinfo is not None
        assert second.fetched_at >= first.fetched_at


class TestCancel:
    def test_at_period_end_follows_the_capability(self, driver: GatewayDriver) -> None:
        before = subscribed(driver)
        driver.gateway.cancel("cancel_1", before.ref, at_period_end=True)
        after = driver.gateway.fetch_subscription(before.ref)
        if driver.gateway.capabilities.cancels == "immediately":
            assert after.status == "cancelled"
            return
        assert after.status in {"active", "grace"}
        assert after.cancel_at in {None, before.period_end}
        driver.renew(before.ref)
        assert driver.gateway.fetch_subscription(before.ref).status == "cancelled"

    def test_immediately_ends_it(self, driver: GatewayDriver) -> None:
        ref = subscribed(driver).ref
        driver.gateway.cancel("cancel_1", ref, at_period_end=False)
        ended = driver.gateway.fetch_subscription(ref)
        assert ended.status == "cancelled"
        assert ended.raw_status

    @pytest.mark.parametrize("at_period_end", [True, False])
    def test_repeating_it_is_quiet(self, driver: GatewayDriver, at_period_end: bool) -> None:
        ref = subscribed(driver).ref
        driver.gateway.cancel("cancel_1", ref, at_period_end=at_period_end)
        once = driver.gateway.fetch_subscription(ref)
        driver.gateway.cancel("cancel_1", ref, at_period_end=at_period_end)
        twice = driver.gateway.fetch_subscription(ref)
        assert (twice.status, twice.cancel_at) == (once.status, once.cancel_at)

    def test_now_after_it_was_scheduled_ends_it(self, driver: GatewayDriver) -> None:
        ref = subscribed(driver).ref
        driver.gateway.cancel("cancel_1", ref, at_period_end=True)
        driver.gateway.cancel("cancel_2", ref, at_period_end=False)
        assert driver.gateway.fetch_subscription(ref).status == "cancelled"

    def test_another_command_on_an_ended_one_is_quiet(self, driver: GatewayDriver) -> None:
        ref = subscribed(driver).ref
        driver.gateway.cancel("cancel_1", ref, at_period_end=False)
        driver.gateway.cancel("cancel_2", ref, at_period_end=False)
        assert driver.gateway.fetch_subscription(ref).status == "cancelled"


class TestResume:
    def test_takes_a_scheduled_cancellation_back_where_that_exists(
        self, driver: GatewayDriver
    ) -> None:
        ref = subscribed(driver).ref
        driver.gateway.cancel("cancel_1", ref, at_period_end=True)
        if not driver.gateway.capabilities.resume:
            with pytest.raises(CapabilityNotSupported):
                driver.gateway.resume("resume_1", ref)
            return
        scheduled = driver.gateway.fetch_subscription(ref)
        assert scheduled.status == "grace"
        assert scheduled.cancel_at == scheduled.period_end
        driver.gateway.resume("resume_1", ref)
        driver.gateway.resume("resume_1", ref)
        resumed = driver.gateway.fetch_subscription(ref)
        assert (resumed.status, resumed.cancel_at) == ("active", None)
        driver.renew(ref)
        assert driver.gateway.fetch_subscription(ref).status == "active"

    def test_an_ended_subscription_stays_ended(self, driver: GatewayDriver) -> None:
        ref = subscribed(driver).ref
        driver.gateway.cancel("cancel_1", ref, at_period_end=False)
        with pytest.raises((GatewayRejected, CapabilityNotSupported, ReferenceNotFound)):
            driver.gateway.resume("resume_1", ref)
        assert driver.gateway.fetch_subscription(ref).status == "cancelled"


class TestSwap:
    def test_prorated_is_in_force_at_once_or_needs_a_checkout(self, driver: GatewayDriver) -> None:
        ref = subscribed(driver).ref
        team = synced(driver, TEAM)
        outcome = driver.gateway.swap("swap_1", ref, team.price, "prorate")
        after = driver.gateway.fetch_subscription(ref)
        if not driver.gateway.capabilities.swap_in_place:
            assert outcome == NeedsCheckout()
            assert after.price == PRO.price
            return
        assert isinstance(outcome, Swapped)
        assert outcome.effective_at <= driver.now() + timedelta(minutes=1)
        assert (after.status, after.price, after.price_ref) == ("active", TEAM.price, team.price)

    def test_at_the_next_cycle_holds_the_old_price_until_then(self, driver: GatewayDriver) -> None:
        before = subscribed(driver)
        team = synced(driver, TEAM)
        outcome = driver.gateway.swap("swap_1", before.ref, team.price, "next_cycle")
        if not driver.gateway.capabilities.swap_in_place:
            assert outcome == NeedsCheckout()
            return
        assert isinstance(outcome, Swapped)
        assert outcome.effective_at == before.period_end
        assert driver.gateway.fetch_subscription(before.ref).price == PRO.price
        driver.renew(before.ref)
        after = driver.gateway.fetch_subscription(before.ref)
        assert (after.price, after.price_ref) == (TEAM.price, team.price)

    def test_repeating_a_swap_changes_nothing_more(self, driver: GatewayDriver) -> None:
        ref = subscribed(driver).ref
        team = synced(driver, TEAM)
        first = driver.gateway.swap("swap_1", ref, team.price, "prorate")
        once = driver.gateway.fetch_subscription(ref)
        second = driver.gateway.swap("swap_1", ref, team.price, "prorate")
        twice = driver.gateway.fetch_subscription(ref)
        assert type(second) is type(first)
        assert (twice.price_ref, twice.period_end) == (once.price_ref, once.period_end)

    def test_a_preview_tells_the_proration_and_changes_nothing(self, driver: GatewayDriver) -> None:
        ref = subscribed(driver).ref
        team = synced(driver, TEAM)
        preview = driver.gateway.preview_swap(ref, team.price, "prorate")
        if driver.gateway.capabilities.proration_preview:
            assert preview is not None
            assert preview.currency == "USD"
            assert 0 < preview.amount <= TEAM.price.amount * 2
            later = driver.gateway.preview_swap(ref, team.price, "next_cycle")
            assert later is None or later.amount < preview.amount
        else:
            assert preview is None
        assert driver.gateway.fetch_subscription(ref).price == PRO.price


class TestPortal:
    def test_it_has_an_address_where_it_exists(self, driver: GatewayDriver) -> None:
        customer = subscribed(driver).customer or "customer-without-a-portal"
        if driver.gateway.capabilities.portal:
            url = driver.gateway.portal_url(customer, "https://app.example/billing")
            assert url.startswith("http")
        else:
            with pytest.raises(CapabilityNotSupported):
                driver.gateway.portal_url(customer, "https://app.example/billing")


class TestListInvoices:
    def test_each_payment_is_listed_newest_first(self, driver: GatewayDriver) -> None:
        made = subscribed(driver)
        driver.renew(made.ref)
        invoices = driver.gateway.list_invoices(made.customer, made.ref)
        assert len(invoices) == 2
        assert [invoice.amount for invoice in invoices] == [PRO.price, PRO.price]
        assert invoices[0].date >= invoices[1].date
        assert all(invoice.number and invoice.status for invoice in invoices)
        assert all(invoice.date.tzinfo is not None for invoice in invoices)

    def test_another_customer_sees_none_of_them(self, driver: GatewayDriver) -> None:
        first = subscribed(driver)
        second = subscribed(driver, TEAM, workspace="globex", command="chk_2")
        numbers = {i.number for i in driver.gateway.list_invoices(first.customer, first.ref)}
        others = {i.number for i in driver.gateway.list_invoices(second.customer, second.ref)}
        assert numbers
        assert others
        assert not numbers & others


class TestListSubscriptions:
    def test_names_every_subscription_with_its_workspace(self, driver: GatewayDriver) -> None:
        first = subscribed(driver)
        second = subscribed(driver, TEAM, workspace="globex", command="chk_2")
        driver.gateway.cancel("cancel_1", second.ref, at_period_end=False)
        listed = {s.ref: s for s in driver.gateway.list_subscriptions()}
        assert listed[first.ref].workspace_id == "acme"
        assert listed[first.ref].price == PRO.price
        assert listed[second.ref].status == "cancelled"

    def test_is_empty_at_first(self, driver: GatewayDriver) -> None:
        assert list(driver.gateway.list_subscriptions()) == []


class TestCharge:
    """Where the gateway has no saved methods, `charge` refuses and nothing is charged."""

    def method(self, driver: GatewayDriver, card: str) -> tuple[str, str] | None:
        if driver.gateway.capabilities.saved_method_charge:
            if card == "3ds":
                return driver.saved_method("acme", card="3ds")
            return driver.saved_method("acme", card="ok" if card == "ok" else "declined")
        with pytest.raises(CapabilityNotSupported):
            driver.gateway.charge(charge_request(("customer", "method")))
        assert driver.effects("charge") == 0
        return None

    def test_a_good_card_pays(self, driver: GatewayDriver) -> None:
        if (method := self.method(driver, "ok")) is None:
            return
        outcome = driver.gateway.charge(charge_request(method))
        assert isinstance(outcome, Succeeded)
        paid = driver.gateway.fetch_charge(outcome.ref)
        assert (paid.status, paid.amount, paid.refunded) == ("succeeded", SETUP_FEE, 0)
        assert (paid.command_id, paid.workspace_id) == ("purchase_1", "acme")

    def test_a_declined_card_says_why(self, driver: GatewayDriver) -> None:
        if (method := self.method(driver, "declined")) is None:
            return
        outcome = driver.gateway.charge(charge_request(method))
        assert isinstance(outcome, Declined)
        assert outcome.code
        failed = driver.gateway.fetch_charge(outcome.ref)
        assert (failed.status, failed.decline_code) == ("failed", outcome.code)

    @pytest.mark.parametrize(("succeed", "status"), [(True, "succeeded"), (False, "failed")])
    def test_the_card_holder_settles_3d_secure(
        self, driver: GatewayDriver, succeed: bool, status: str
    ) -> None:
        if (method := self.method(driver, "3ds")) is None:
            return
        outcome = driver.gateway.charge(charge_request(method))
        assert isinstance(outcome, ActionRequired)
        assert outcome.url.startswith("http")
        waiting = driver.gateway.fetch_charge(outcome.ref)
        assert (waiting.status, waiting.confirmation_url) == ("pending", outcome.url)
        driver.confirm(outcome.ref, succeed=succeed)
        assert driver.gateway.fetch_charge(outcome.ref).status == status

    @pytest.mark.parametrize("card", ["ok", "declined", "3ds"])
    def test_the_same_command_charges_once(self, driver: GatewayDriver, card: str) -> None:
        if (method := self.method(driver, card)) is None:
            return
        first = driver.gateway.charge(charge_request(method))
        driver.advance(timedelta(days=3))
        assert driver.gateway.charge(charge_request(method)) == first
        assert driver.effects("charge") == 1

    def test_a_lost_answer_is_found_by_its_command(self, driver: GatewayDriver) -> None:
        if (method := self.method(driver, "ok")) is None:
            return
        driver.break_next("timeout_after_effect")
        outcome = until_answered(lambda: driver.gateway.charge(charge_request(method)))
        assert isinstance(outcome, Succeeded)
        assert driver.effects("charge") == 1
        found = driver.gateway.find_charge("purchase_1")
        assert found is not None
        assert (found.ref, found.status) == (outcome.ref, "succeeded")

    def test_two_commands_charge_twice(self, driver: GatewayDriver) -> None:
        if (method := self.method(driver, "ok")) is None:
            return
        first = driver.gateway.charge(charge_request(method))
        second = driver.gateway.charge(charge_request(method, command="purchase_2"))
        assert first.ref != second.ref
        assert driver.effects("charge") == 2

    def test_a_command_that_never_ran_has_no_charge(self, driver: GatewayDriver) -> None:
        assert driver.gateway.find_charge("purchase_unknown") is None


class TestHostedPayment:
    def test_the_same_command_opens_one_page(self, driver: GatewayDriver) -> None:
        first = driver.gateway.start_payment(payment_request())
        second = driver.gateway.start_payment(payment_request())
        assert first.url.startswith("http")
        assert (second.ref, second.url) == (first.ref, first.url)
        assert driver.gateway.fetch_checkout(first.ref).status == "open"

    def test_paying_it_makes_a_charge_that_remembers_what_we_sent(
        self, driver: GatewayDriver
    ) -> None:
        paid = driver.gateway.fetch_charge(paid_charge(driver))
        assert (paid.status, paid.amount) == ("succeeded", SETUP_FEE)
        assert (paid.command_id, paid.workspace_id) == ("purchase_1", "acme")

    def test_the_charge_is_found_by_its_command(self, driver: GatewayDriver) -> None:
        ref = paid_charge(driver)
        found = driver.gateway.find_charge("purchase_1")
        assert found is not None
        assert (found.ref, found.status) == (ref, "succeeded")

    def test_a_declined_card_pays_nothing(self, driver: GatewayDriver) -> None:
        page: Checkout = driver.gateway.start_payment(payment_request())
        driver.decline(page)
        seen = driver.gateway.fetch_checkout(page.ref)
        assert seen.status != "complete"
        if seen.charge is not None:
            assert driver.gateway.fetch_charge(seen.charge).status in {"pending", "failed"}

    @pytest.mark.parametrize(
        ("currency", "amount"), [("JPY", 500), ("KWD", 1500), ("HUF", 199_900)]
    )
    def test_paid_and_refunded_sums_keep_their_minor_units(
        self, driver: GatewayDriver, driver_id: str, currency: str, amount: int
    ) -> None:
        asked = Money(amount, currency)
        if currency in REFUSED_CURRENCIES.get(driver_id, frozenset()):
            with pytest.raises(GatewayRejected):
                driver.gateway.start_payment(payment_request(amount=asked))
            return
        charge = paid_charge(driver, amount=asked)
        assert driver.gateway.fetch_charge(charge).amount == asked
        assert driver.gateway.refund("refund_00001", charge, asked, "Not delivered").amount == asked
        assert driver.gateway.fetch_charge(charge).refunded == amount

    def test_a_lost_answer_opens_no_second_page(self, driver: GatewayDriver) -> None:
        driver.break_next("timeout_after_effect")
        page = until_answered(lambda: driver.gateway.start_payment(payment_request()))
        driver.approve(page)
        charge = driver.gateway.fetch_checkout(page.ref).charge
        assert charge
        assert driver.effects("charge") == 1
        found = driver.gateway.find_charge("purchase_1")
        assert found is not None
        assert found.ref == charge


class TestRefund:
    def test_the_whole_sum_goes_back(self, driver: GatewayDriver) -> None:
        charge = paid_charge(driver)
        refund = driver.gateway.refund("refund_00001", charge, SETUP_FEE, "Not delivered")
        assert refund.ref
        assert refund.amount == SETUP_FEE
        assert refund.status in {"succeeded", "pending"}
        assert driver.gateway.fetch_charge(charge).refunded == SETUP_FEE.amount

    def test_the_same_command_refunds_once(self, driver: GatewayDriver) -> None:
        charge = paid_charge(driver)
        part = Money(10_000, "USD")
        first = driver.gateway.refund("refund_00001", charge, part, "Discount")
        second = driver.gateway.refund("refund_00001", charge, part, "Discount")
        assert second.ref == first.ref
        assert driver.effects("refund") == 1
        assert driver.gateway.fetch_charge(charge).refunded == part.amount

    def test_parts_add_up(self, driver: GatewayDriver) -> None:
        charge = paid_charge(driver)
        driver.gateway.refund("refund_00001", charge, Money(10_000, "USD"), "Discount")
        driver.gateway.refund("refund_00002", charge, Money(5_000, "USD"), "Discount")
        assert driver.effects("refund") == 2
        assert driver.gateway.fetch_charge(charge).refunded == 15_000

    def test_more_than_was_paid_is_rejected(self, driver: GatewayDriver) -> None:
        charge = paid_charge(driver)
        with pytest.raises(GatewayRejected):
            driver.gateway.refund("refund_00001", charge, Money(50_000, "USD"), "Mistake")
        assert driver.gateway.fetch_charge(charge).refunded == 0

    def test_a_lost_answer_does_not_refund_twice(self, driver: GatewayDriver) -> None:
        charge = paid_charge(driver)
        driver.break_next("timeout_after_effect")
        part = Money(10_000, "USD")
        until_answered(lambda: driver.gateway.refund("refund_00001", charge, part, "Discount"))
        assert driver.effects("refund") == 1
        assert driver.gateway.fetch_charge(charge).refunded == part.amount


class TestUnknownReferences:
    @pytest.mark.parametrize("kind", ["subscription", "checkout", "charge", "cancelled"])
    def test_are_not_found(self, driver: GatewayDriver, kind: str) -> None:
        gateway = driver.gateway
        calls: dict[str, Callable[[], object]] = {
            "subscription": lambda: gateway.fetch_subscription("sub_unknown"),
            "checkout": lambda: gateway.fetch_checkout("cs_unknown"),
            "charge": lambda: gateway.fetch_charge("pi_unknown"),
            "cancelled": lambda: gateway.cancel("cancel_1", "sub_unknown", at_period_end=False),
        }
        with pytest.raises(ReferenceNotFound):
            calls[kind]()


class TestWebhooks:
    def verified(self, driver: GatewayDriver) -> list[VerifiedEvent]:
        return [driver.gateway.verify_webhook(raw, headers) for raw, headers in driver.deliveries()]

    def one(self, driver: GatewayDriver) -> Delivery:
        subscribed(driver)
        return driver.deliveries()[-1]

    def test_a_paid_checkout_is_announced_with_its_subscription(
        self, driver: GatewayDriver
    ) -> None:
        ref = subscribed(driver).ref
        assert ref in {event.subscription for event in self.verified(driver)}

    def test_every_event_has_an_id_of_its_own_and_a_time(self, driver: GatewayDriver) -> None:
        driver.renew(subscribed(driver).ref)
        events = self.verified(driver)
        assert len({event.id for event in events}) == len(events) >= 2
        assert all(event.id and event.type and event.payload for event in events)
        assert all(event.occurred_at.tzinfo is not None for event in events)

    @pytest.mark.parametrize("change", ["renew", "fail_payment", "cancel"])
    def test_a_change_is_announced_with_its_subscription(
        self, driver: GatewayDriver, change: str
    ) -> None:
        ref = subscribed(driver).ref
        driver.deliveries()
        changes: dict[str, Callable[[], None]] = {
            "renew": lambda: driver.renew(ref),
            "fail_payment": lambda: driver.fail_payment(ref),
            "cancel": lambda: driver.gateway.cancel("cancel_1", ref, at_period_end=False),
        }
        changes[change]()
        assert ref in {event.subscription for event in self.verified(driver)}

    def test_a_hosted_payment_is_announced(self, driver: GatewayDriver) -> None:
        page = driver.gateway.start_payment(payment_request())
        driver.approve(page)
        events = self.verified(driver)
        charge = driver.gateway.fetch_checkout(page.ref).charge
        assert page.ref in {e.checkout for e in events} or charge in {e.charge for e in events}

    def test_a_confirmed_charge_is_announced(self, driver: GatewayDriver) -> None:
        if not driver.gateway.capabilities.saved_method_charge:
            assert driver.deliveries() == []
            return
        method = driver.saved_method("acme", card="3ds")
        outcome = driver.gateway.charge(charge_request(method))
        driver.deliveries()
        driver.confirm(outcome.ref, succeed=True)
        assert outcome.ref in {event.charge for event in self.verified(driver)}

    def test_the_same_delivery_has_the_same_id(self, driver: GatewayDriver) -> None:
        raw, headers = self.one(driver)
        first = driver.gateway.verify_webhook(raw, headers)
        assert driver.gateway.verify_webhook(raw, headers).id == first.id

    def test_one_changed_byte_is_refused(self, driver: GatewayDriver) -> None:
        raw, headers = self.one(driver)
        with pytest.raises(InvalidSignature):
            driver.gateway.verify_webhook(raw + b" ", headers)

    def test_no_signature_is_refused(self, driver: GatewayDriver) -> None:
        raw, _ = self.one(driver)
        with pytest.raises(InvalidSignature):
            driver.gateway.verify_webhook(raw, {"content-type": "application/json"})

    @pytest.mark.parametrize("rubbish", ["", "t=,v1=", "é", "0" * 64, "t=x,v1=y,t=1"])
    def test_rubbish_in_the_headers_is_refused(self, driver: GatewayDriver, rubbish: str) -> None:
        raw, headers = self.one(driver)
        with pytest.raises(InvalidSignature):
            driver.gateway.verify_webhook(raw, dict.fromkeys(headers, rubbish))

    def test_a_stranger_s_signature_is_refused(self, driver: GatewayDriver) -> None:
        forged = driver.resign(self.one(driver), by="foreign")
        assert forged is not None
        with pytest.raises(InvalidSignature):
            driver.gateway.verify_webhook(*forged)

    def test_the_secret_being_rotated_out_is_accepted(self, driver: GatewayDriver) -> None:
        delivery = self.one(driver)
        previous = driver.resign(delivery, by="previous") or delivery
        event = driver.gateway.verify_webhook(*previous)
        assert event.id == driver.gateway.verify_webhook(*delivery).id

    def test_an_old_signature_is_refused_where_it_has_a_time(self, driver: GatewayDriver) -> None:
        old = driver.resign(self.one(driver), age=timedelta(hours=1))
        if old is not None:
            with pytest.raises(InvalidSignature):
                driver.gateway.verify_webhook(*old)


class TestFaults:
    @pytest.mark.parametrize("fault", FAULTS)
    def test_a_lasting_fault_is_one_error(self, driver: GatewayDriver, fault: Fault) -> None:
        ref = subscribed(driver).ref
        driver.break_next(fault, calls=20)
        with pytest.raises(GatewayUnavailable):
            driver.gateway.fetch_subscription(ref)

    @pytest.mark.parametrize("fault", FAULTS)
    def test_a_plan_is_made_once_however_often_it_is_tried(
        self, driver: GatewayDriver, fault: Fault
    ) -> None:
        driver.break_next(fault)
        assert until_answered(lambda: synced(driver)).amount == PRO.price
        assert driver.effects("price") == 1

    @pytest.mark.parametrize("fault", FAULTS)
    def test_a_checkout_is_opened_once_however_often_it_is_tried(
        self, driver: GatewayDriver, fault: Fault
    ) -> None:
        request = checkout_request(synced(driver).price)
        driver.break_next(fault)
        checkout = until_answered(lambda: driver.gateway.start_checkout(request))
        assert driver.effects("checkout") == 1
        driver.approve(checkout)
        assert subscription_of(driver, checkout).command_id == "chk_1"

    @pytest.mark.parametrize("fault", FAULTS)
    def test_a_cancellation_holds_however_often_it_is_tried(
        self, driver: GatewayDriver, fault: Fault
    ) -> None:
        ref = subscribed(driver).ref
        driver.break_next(fault)
        until_answered(lambda: driver.gateway.cancel("cancel_1", ref, at_period_end=False))
        assert driver.gateway.fetch_subscription(ref).status == "cancelled"
