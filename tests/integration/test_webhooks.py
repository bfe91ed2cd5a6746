"""Webhooks as gateways really send them: twice, late, out of order, forged, unknown."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from random import Random

import pytest

from gateways.port import Checkout, CheckoutRequest, Gateway, PlanSpec
from gateways.sandbox.simulation.records import CheckoutPage
from gateways.sandbox.simulation.state import SandboxState
from kernel.money import Money
from tests.support.answers import code
from tests.support.billing_service import ATTEMPTS, BACK, CAUSE, SUCCESS, BillingService
from tests.support.gateway_driver import Delivery
from tests.support.sandbox_driver import SandboxDriver


def state(billing: BillingService) -> SandboxState:
    assert isinstance(billing.driver, SandboxDriver)
    return billing.driver.state


def paid(billing: BillingService) -> Delivery:
    billing.pay(billing.checkout())
    return billing.driver.deliveries()[-1]


def foreign_subscription(gateway: Gateway, workspace: str, command: str) -> CheckoutRequest:
    plan = PlanSpec("theirs", "Theirs", Money(1500, "USD"), "month")
    price = gateway.catalogue.ensure_plan("sync-theirs", plan, None).price
    return CheckoutRequest(command, workspace, plan, price, SUCCESS, BACK)


class TestReceive:
    def test_once_accepted_then_a_duplicate(self, billing: BillingService) -> None:
        delivery = paid(billing)
        answers = [billing.receive(delivery) for _ in range(3)]
        assert [each.json()["status"] for each in answers] == [
            "accepted",
            "duplicate",
            "duplicate",
        ]
        assert {each.status_code for each in answers} == {200}
        billing.read_inbox()
        assert billing.count("PlanSubscribed") == 1

    def test_of_many_at_once_each_is_accepted_once(self, billing: BillingService) -> None:
        reference = billing.pay(billing.checkout())
        for _ in range(4):
            billing.driver.renew(reference)
        sent = [delivery for delivery in billing.driver.deliveries() for _ in range(5)]
        Random(7).shuffle(sent)
        with ThreadPoolExecutor(12) as pool:
            answers = list(pool.map(billing.receive, sent))
        accepted = [
            delivery[0]
            for delivery, answer in zip(sent, answers, strict=True)
            if answer.json()["status"] == "accepted"
        ]
        assert sorted(accepted) == sorted({raw for raw, _ in sent})
        assert billing.billing.inbox.counts() == {"received": len(accepted)}

    def test_every_event_names_the_webhook_as_its_cause(self, billing: BillingService) -> None:
        delivery = paid(billing)
        billing.receive(delivery)
        billing.read_inbox()
        webhook = json.loads(delivery[0])["id"]
        event = billing.store.stream("account:acme")[-1]
        assert event.cause.causation_id == f"webhook:sandbox:{webhook}"
        assert event.cause.actor == "gateway:sandbox"
        (received,) = billing.store.stream(f"webhook:sandbox:{webhook}")
        assert type(received).__name__ == "WebhookReceived"

    def test_what_is_told_late_is_dated_by_the_gateway(self, billing: BillingService) -> None:
        reference = billing.pay(billing.checkout())
        billing.deliver()
        billing.read_inbox()
        billing.driver.advance(timedelta(hours=1))
        billing.driver.fail_payment(reference)
        failed_at = billing.driver.now()
        billing.driver.advance(timedelta(seconds=25))
        billing.deliver()
        billing.read_inbox()
        [failed] = [
            each
            for each in billing.store.stream("account:acme")
            if type(each).__name__ == "PaymentFailed"
        ]
        assert timedelta(0) <= failed_at - failed.timestamp < timedelta(seconds=5)

    def test_the_raw_payload_is_kept_for_auditors(self, billing: BillingService) -> None:
        raw, headers = paid(billing)
        billing.receive((raw, headers))
        kept = billing.billing.inbox.raw("sandbox", json.loads(raw)["id"])
        assert kept is not None
        assert kept[0] == raw
        assert headers.items() <= kept[1].items()

    def test_a_rotated_secret_is_accepted_beside_the_new_one(self, billing: BillingService) -> None:
        delivery = billing.driver.resign(paid(billing), by="previous")
        assert delivery is not None
        assert billing.receive(delivery).status_code == 200

    @pytest.mark.parametrize("flaw", ["foreign", "old", "missing", "changed", "garbage"])
    def test_what_is_not_signed_well_is_refused(self, billing: BillingService, flaw: str) -> None:
        raw, headers = paid(billing)
        forged: dict[str, Delivery | None] = {
            "foreign": billing.driver.resign((raw, headers), by="foreign"),
            "old": billing.driver.resign((raw, headers), age=timedelta(hours=1)),
            "missing": (raw, {}),
            "changed": (raw.replace(b"sub", b"SUB"), headers),
            "garbage": (b"\x00\xff not json", headers),
        }
        delivery = forged[flaw]
        assert delivery is not None
        assert code(billing.receive(delivery)) == (400, "invalid_signature")
        assert billing.billing.inbox.counts() == {}

    @pytest.mark.parametrize("named", ["evt", "cus", "subscription.created"])
    def test_what_no_database_can_hold_is_kept_for_people(
        self, billing: BillingService, named: str
    ) -> None:
        raw, headers = paid(billing)
        odd = billing.driver.resign((raw.replace(f':"{named}'.encode(), b':"\\u0000'), headers))
        assert odd is not None
        assert b"u0000" in odd[0]
        assert billing.receive(odd).status_code == 200
        assert billing.receive((raw, headers)).json()["status"] == "accepted"
        billing.read_inbox()
        assert ["unreadable" in each.last_error for each in billing.billing.inbox.parked()] == [
            True
        ]

    def test_an_unknown_gateway_is_not_found(self, billing: BillingService) -> None:
        assert code(billing.receive(paid(billing), "cash")) == (404, "not_found")

    def test_too_much_is_not_even_read(self, billing: BillingService) -> None:
        answer = billing.receive((b"x" * 1_100_000, {}))
        assert code(answer) == (413, "payload_too_large")


class TestRead:
    def test_order_does_not_matter(self, billing: BillingService) -> None:
        reference = billing.pay(billing.checkout())
        billing.driver.fail_payment(reference)
        billing.driver.recover_payment(reference)
        billing.driver.renew(reference)
        billing.deliver(times=3, backwards=True)
        assert billing.shown()["status"] == "active"
        assert billing.count("PlanSubscribed") == 1

    def test_a_gateway_that_is_down_is_asked_again(self, billing: BillingService) -> None:
        billing.receive(paid(billing))
        billing.driver.break_next("server_error", calls=2)
        billing.read_inbox()
        assert billing.shown()["plan"] == "pro"
        assert billing.billing.inbox.counts() == {"processed": 1}

    def test_an_unknown_type_changes_nothing(self, billing: BillingService) -> None:
        billing.subscribe()
        before = billing.events()
        with state(billing).transaction() as ledger:
            ledger.announce("weather.changed")
        billing.deliver()
        assert billing.events() == before
        assert set(billing.billing.inbox.counts()) == {"processed"}

    def test_a_checkout_that_we_do_not_know_yet_is_retried_then_kept(
        self, billing: BillingService
    ) -> None:
        gateway = billing.gateway
        page = gateway.checkouts.start(foreign_subscription(gateway, "acme", "chk_elsewhere"))
        billing.driver.approve(page)
        billing.deliver()
        parked = billing.billing.inbox.parked()
        assert {each.attempts for each in parked} == {ATTEMPTS}
        assert all("account_not_found" in each.last_error for each in parked)
        assert billing.shown()["plan"] == "free"
        assert billing.billing.inbox.reopen(parked[0].source, parked[0].id)

    def test_a_subscription_of_another_shop_is_settled_at_once(
        self, billing: BillingService
    ) -> None:
        gateway = billing.gateway
        page = gateway.checkouts.start(foreign_subscription(gateway, "", ""))
        billing.driver.approve(page)
        billing.deliver()
        assert billing.billing.inbox.counts().keys() == {"processed"}
        assert billing.count("PlanSubscribed") == 0

    def test_one_without_metadata_at_a_price_of_ours_is_kept_for_people(
        self, billing: BillingService
    ) -> None:
        gateway = billing.gateway
        price = billing.billing.plans.price_ref("pro", gateway.name, CAUSE)
        request = replace(foreign_subscription(gateway, "", ""), price_ref=price)
        billing.driver.approve(gateway.checkouts.start(request))
        billing.deliver()
        assert billing.billing.inbox.parked()

    def test_one_poisonous_letter_does_not_hold_up_the_others(
        self, billing: BillingService
    ) -> None:
        gateway = billing.gateway
        page = gateway.checkouts.start(foreign_subscription(gateway, "nobody", "chk_x"))
        billing.driver.approve(page)
        billing.pay(billing.checkout())
        billing.deliver()
        assert billing.shown()["plan"] == "pro"

    def test_a_page_that_was_paid_before_we_knew_its_address(self, billing: BillingService) -> None:
        """The process died between the gateway's answer and our record of it."""
        billing.driver.break_next("timeout_after_effect")
        answer = billing.post(
            "/checkout",
            {"plan": "pro", "gateway": "sandbox", "success_url": SUCCESS, "cancel_url": BACK},
        )
        assert code(answer) == (502, "gateway_unavailable")
        (checkout,) = billing.account.checkouts.values()
        assert checkout.ref == ""
        with state(billing).transaction() as ledger:
            (page,) = ledger.every(CheckoutPage)
        assert page.command_id == checkout.id
        billing.driver.approve(Checkout(page.id, ""))
        billing.deliver()
        assert billing.shown()["plan"] == "pro"
