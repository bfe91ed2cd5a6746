"""One-time sums: the payment intent decides, the hosted invoice confirms."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from gateways.port import (
    ActionRequired,
    Declined,
    GatewayUnavailable,
    ReferenceNotFound,
    Succeeded,
)
from kernel.money import Money
from tests.support.gateway_steps import (
    SETUP_FEE,
    TEAM,
    charge_request,
    paid_charge,
    subscribed,
    synced,
)
from tests.support.stripe_card_outcomes import attempt
from tests.support.stripe_driver import StripeDriver

DAYS = timedelta(days=3)  # Stripe has forgotten every idempotency key by then


class TestCharge:
    def test_a_declined_invoice_is_voided(self, opened: StripeDriver) -> None:
        method = opened.saved_method("acme", card="declined")
        outcome = opened.gateway.payments.charge(charge_request(method))
        assert outcome == Declined(outcome.ref, "insufficient_funds")
        assert opened.store.get(outcome.ref)["status"] == "void"

    def test_3d_secure_is_confirmed_on_the_hosted_invoice(self, opened: StripeDriver) -> None:
        method = opened.saved_method("acme", card="3ds")
        outcome = opened.gateway.payments.charge(charge_request(method))
        url = opened.store.get(outcome.ref)["hosted_invoice_url"]
        assert outcome == ActionRequired(outcome.ref, url)

    def test_a_bank_that_asks_for_the_absent_holder_is_no_decline(
        self, opened: StripeDriver
    ) -> None:
        method = opened.saved_method("acme", card="absent")
        outcome = opened.gateway.payments.charge(charge_request(method))
        assert isinstance(outcome, ActionRequired)
        assert opened.gateway.payments.fetch(outcome.ref).status == "pending"
        opened.confirm(outcome.ref, succeed=True)
        assert opened.gateway.payments.fetch(outcome.ref).status == "succeeded"

    def test_a_failed_confirmation_can_not_be_paid_later(self, opened: StripeDriver) -> None:
        method = opened.saved_method("acme", card="3ds")
        ref = opened.gateway.payments.charge(charge_request(method)).ref
        opened.confirm(ref, succeed=False)
        failed = opened.gateway.payments.fetch(ref)
        assert (failed.status, failed.confirmation_url) == ("failed", None)
        assert failed.decline_code == "payment_intent_authentication_failure"
        assert opened.store.get(ref)["status"] == "void"
        assert opened.gateway.payments.fetch(ref) == failed

    def test_an_invoice_that_was_paid_on_its_page_meanwhile_is_paid(
        self, opened: StripeDriver
    ) -> None:
        method = opened.saved_method("acme", card="ok")
        opened.double.plan(*[None] * 5, "server_error")  # before `pay`
        with pytest.raises(GatewayUnavailable):
            opened.gateway.payments.charge(charge_request(method))
        (invoice,) = opened.store.every("invoice")
        assert invoice["status"] == "open"
        attempt(opened.store, invoice, method[1])
        assert opened.gateway.payments.charge(charge_request(method)) == Succeeded(invoice["id"])

    def test_two_at_once_charge_once(self, opened: StripeDriver) -> None:
        request = charge_request(opened.saved_method("acme", card="ok"))
        with ThreadPoolExecutor(4) as pool:
            outcomes = list(pool.map(opened.gateway.payments.charge, [request] * 4))
        assert len(set(outcomes)) == opened.effects("charge") == 1

    def test_a_method_that_is_gone_is_not_found(self, opened: StripeDriver) -> None:
        customer, _ = opened.saved_method("acme", card="ok")
        with pytest.raises(ReferenceNotFound):
            opened.gateway.payments.charge(charge_request((customer, "pm_gone")))
        assert opened.store.every("charge") == []

    def test_other_pending_items_are_left_out(self, opened: StripeDriver) -> None:
        subscription = subscribed(opened)
        opened.gateway.subscriptions.swap(
            "swap_1", subscription.ref, synced(opened, TEAM).price, "prorate"
        )
        outcome = opened.gateway.payments.charge(
            charge_request(opened.saved_method("acme", card="ok"))
        )
        assert opened.gateway.payments.fetch(outcome.ref).amount == SETUP_FEE

    @pytest.mark.parametrize("later", [timedelta(), DAYS])
    @pytest.mark.parametrize("hosted", [True, False])
    def test_a_lost_reference_is_found_at_once_and_later(
        self, opened: StripeDriver, later: timedelta, hosted: bool
    ) -> None:
        if hosted:
            ref = paid_charge(opened)
        else:
            method = opened.saved_method("acme", card="ok")
            ref = opened.gateway.payments.charge(charge_request(method)).ref
        opened.advance(later)
        found = opened.gateway.payments.find("purchase_1")
        assert found is not None
        assert (found.ref, found.status) == (ref, "succeeded")

    def test_it_is_refunded_through_its_payment(self, opened: StripeDriver) -> None:
        ref = opened.gateway.payments.charge(
            charge_request(opened.saved_method("acme", card="ok"))
        ).ref
        opened.gateway.payments.refund("refund_1", ref, Money(900, "USD"), "Late")
        assert opened.gateway.payments.fetch(ref).refunded == 900

    @pytest.mark.parametrize("amount", [Money(500, "JPY"), Money(1_500, "KWD"), Money(70, "UGX")])
    def test_it_keeps_the_minor_units(self, opened: StripeDriver, amount: Money) -> None:
        method = opened.saved_method("acme", card="ok")
        ref = opened.gateway.payments.charge(charge_request(method, amount=amount)).ref
        assert opened.gateway.payments.fetch(ref).amount == amount
