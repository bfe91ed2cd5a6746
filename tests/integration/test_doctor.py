"""Three sides compared: gateways, events, read model."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from dataclasses import replace

import pytest

from gateways.port import CheckoutRequest, PlanSpec
from kernel.money import Money
from projections.plan_subscriptions.queries import row_of
from services.billing.application.findings import Finding
from tests.support.answers import code
from tests.support.billing_service import (
    BACK,
    CAUSE,
    OWNER,
    ROOT,
    SUCCESS,
    BillingService,
    billing_service,
)
from tests.support.gateway_drivers import open_driver, open_money_driver
from tests.support.sandbox_driver import SandboxDriver


@pytest.fixture
def billing(billing_url: str) -> Iterator[BillingService]:
    """Two gateways: one that changes plans in place, one that can't."""
    with ExitStack() as stack:
        drivers = {
            "stripe": stack.enter_context(open_driver("sandbox-stripe")),
            "paypal": stack.enter_context(open_driver("sandbox-paypal")),
        }
        for name, driver in drivers.items():
            assert isinstance(driver, SandboxDriver)
            driver.rename(name)
        yield stack.enter_context(billing_service(billing_url, drivers))


def examine(billing: BillingService, *, repair: bool = False) -> list[Finding]:
    billing.shown()

    def stored(workspace: str) -> Mapping[str, object] | None:
        return row_of(billing.read_database, workspace)

    return billing.billing.doctor.examine(stored, repair=repair).findings


def kinds(findings: list[Finding]) -> set[str]:
    return {finding.kind for finding in findings}


def forget_everything(billing: BillingService) -> None:
    """As a database that was restored to a moment before the customer came."""
    with billing.database.transaction(commit=True) as cursor:
        cursor.execute("DELETE FROM billing_events WHERE originator_id NOT LIKE 'plan:%'")
        cursor.execute("TRUNCATE accounts, gateway_objects, invoices, inbox")
    with billing.read_database.transaction(commit=True) as cursor:
        cursor.execute("TRUNCATE plan_subscriptions")


class TestExamine:
    def test_a_healthy_house_has_no_findings(self, billing: BillingService) -> None:
        billing.subscribe("pro", "stripe")
        report = billing.billing.doctor.examine()
        assert (report.accounts, report.subscriptions) == (1, 1)
        assert report.is_healthy
        assert examine(billing) == []

    def test_what_the_gateway_says_otherwise_is_told_field_by_field(
        self, billing: BillingService
    ) -> None:
        reference = billing.subscribe("pro", "stripe")
        billing.drivers["stripe"].fail_payment(reference)
        before = billing.events()
        found = examine(billing)
        assert kinds(found) == {"gateway_differs", "invoice_differs"}
        status = next(finding for finding in found if finding.field == "status")
        assert (status.ours, status.theirs, status.ref) == ("active", "past_due", reference)
        assert billing.events() == before

    def test_repairing_records_what_compensates(self, billing: BillingService) -> None:
        reference = billing.subscribe("pro", "stripe")
        billing.drivers["stripe"].fail_payment(reference)
        found = examine(billing, repair=True)
        assert all(finding.repaired for finding in found if finding.kind == "gateway_differs")
        assert billing.events()[-1] == "PaymentFailed"
        assert billing.store.stream("account:acme")[-1].cause.actor == "cli"
        assert examine(billing) == []

    def test_a_read_model_that_differs_is_told(self, billing: BillingService) -> None:
        billing.subscribe("pro", "stripe")
        billing.shown()
        with billing.read_database.transaction(commit=True) as cursor:
            cursor.execute("UPDATE plan_subscriptions SET plan = 'gold'")
        (found,) = examine(billing)
        assert (found.kind, found.field) == ("read_model_differs", "plan")
        assert (found.ours, found.theirs) == ("pro", "gold")

    def test_two_gateways_that_both_charge_are_found_and_one_is_ended(
        self, billing: BillingService
    ) -> None:
        billing.subscribe("pro", "stripe")
        second = billing.pay(billing.checkout("team", "paypal"))
        assert "double_subscription" in kinds(examine(billing))
        found = examine(billing, repair=True)
        doubles = [each for each in found if each.kind == "double_subscription"]
        assert len(doubles) == 2
        assert all(each.repaired for each in doubles)
        assert billing.charging() == [second]
        assert billing.shown()["plan"] == "team"
        assert examine(billing) == []

    def test_a_subscription_of_nobody_is_told_and_not_touched(
        self, billing: BillingService
    ) -> None:
        gateway = billing.gateway
        plan = PlanSpec("theirs", "Theirs", Money(1500, "USD"), "month")
        price = gateway.catalogue.ensure_plan("sync-theirs", plan, None).price
        request = CheckoutRequest("chk_x", "elsewhere", plan, price, SUCCESS, BACK)
        billing.driver.approve(gateway.checkouts.start(request))
        found = examine(billing, repair=True)
        assert kinds(found) == {"unknown_subscription"}
        assert len(billing.charging()) == 1

    def test_a_customer_whom_a_restored_database_does_not_know_is_taken_back(
        self, billing: BillingService
    ) -> None:
        reference = billing.subscribe("pro", "stripe")
        forget_everything(billing)
        (found,) = examine(billing)
        assert (found.kind, found.ref, found.repaired) == ("unknown_subscription", reference, False)
        assert billing.events() == []
        (found,) = examine(billing, repair=True)
        assert found.repaired
        assert billing.events()[1:3] == ["SubscriptionAdopted", "PlanSubscribed"]
        assert billing.shown()["plan"] == "pro"
        assert examine(billing) == []

    def test_of_two_that_such_a_customer_pays_for_the_second_is_left_to_people(
        self, billing: BillingService
    ) -> None:
        billing.subscribe("pro", "stripe")
        forget_everything(billing)
        billing.subscribe("team", "paypal")
        forget_everything(billing)
        found = examine(billing, repair=True)
        assert [each.repaired for each in found] == [True, False]
        assert len(billing.charging()) == 2

    def test_what_the_gateway_does_not_know_any_more_is_told(self, billing: BillingService) -> None:
        billing.subscribe("pro", "stripe")
        driver = billing.drivers["stripe"]
        assert isinstance(driver, SandboxDriver)
        with driver.state.transaction() as ledger:
            ledger._connection.execute("DELETE FROM records WHERE kind = 'Subscription'")
        assert "missing_at_gateway" in kinds(examine(billing))

    def test_a_gateway_that_is_down_is_a_finding(self, billing: BillingService) -> None:
        billing.drivers["paypal"].break_next("server_error")
        assert kinds(examine(billing)) == {"gateway_unreachable"}

    def test_another_amount_than_agreed_is_visible(self, billing: BillingService) -> None:
        reference = billing.subscribe("pro", "stripe")
        snapshot = billing.gateway.subscriptions.fetch(reference)
        odd = replace(snapshot, price=Money(1, "EUR"))
        billing.billing.observations.observe("acme", odd, CAUSE)
        found = [each for each in examine(billing) if each.kind == "price_mismatch"]
        assert [each.theirs for each in found] == ["1 EUR"]

    def test_parked_webhooks_are_listed_and_reopened_by_a_repair(
        self, billing: BillingService
    ) -> None:
        gateway = billing.gateway
        plan = PlanSpec("theirs", "Theirs", Money(1500, "USD"), "month")
        price = gateway.catalogue.ensure_plan("sync-theirs", plan, None).price
        request = CheckoutRequest("chk_x", "acme", plan, price, SUCCESS, BACK)
        billing.driver.approve(gateway.checkouts.start(request))
        billing.deliver()
        parked = [each for each in examine(billing) if each.kind == "parked_webhook"]
        assert parked
        assert not any(each.repaired for each in parked)
        (first, *_) = parked
        url = f"/v1/billing/webhooks/{first.gateway}/{first.ref}/retry"
        assert code(billing.client.post(url, headers=OWNER)) == (403, "forbidden")
        assert billing.client.post(url, headers=ROOT).json() == {"status": "received"}
        assert code(billing.client.post(url, headers=ROOT)) == (409, "webhook_not_parked")
        billing.read_inbox()
        again = [each for each in examine(billing, repair=True) if each.kind == "parked_webhook"]
        assert all(each.repaired for each in again)
        assert billing.billing.inbox.counts() == {"received": len(parked)}

    @pytest.mark.parametrize("repair", [False, True])
    def test_money_that_went_back_unheard_of_is_told_and_repaired(
        self, billing_url: str, repair: bool
    ) -> None:
        with ExitStack() as stack:
            driver = stack.enter_context(open_money_driver("stripe"))
            billing = stack.enter_context(billing_service(billing_url, {"stripe": driver}))
            subscription = billing.subscribe()
            [invoice] = billing.billing.invoices.of_subscription("stripe", subscription)
            driver.refund_by_hand(invoice.ref, 1000)
            [finding] = examine(billing, repair=repair)
            assert (finding.kind, finding.field) == ("invoice_differs", "refunded")
            assert (finding.ours, finding.theirs) == ("0", "1000")
            assert finding.repaired is repair
            again = billing.billing.invoices.find("stripe", invoice.ref)
            assert again is not None
            assert again.refunded == (1000 if repair else 0)
