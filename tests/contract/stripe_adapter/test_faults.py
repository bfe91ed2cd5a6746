"""What goes wrong between the adapter and Stripe."""

from __future__ import annotations

import logging
import traceback
from collections.abc import Callable
from datetime import timedelta

import pytest

from gateways.port import (
    ChargeOutcome,
    GatewayRejected,
    GatewayUnavailable,
    Succeeded,
)
from gateways.stripe import StripeClient, build
from kernel.errors import DomainError
from kernel.money import Money
from runtime.process.ports import free_port
from tests.support.gateway_steps import (
    SETUP_FEE,
    TEAM,
    charge_request,
    checkout_request,
    paid_charge,
    subscribed,
    synced,
    until_answered,
)
from tests.support.stripe_double import API_KEY, DoubleFault
from tests.support.stripe_driver import SECRET, StripeDriver, another_gateway

DAYS = timedelta(days=3)  # Stripe has forgotten every idempotency key by then


class TestFaults:
    @pytest.mark.parametrize(
        "fault", ["html", "bad_gateway", "nonsense", "throttled", "server_error", "refused"]
    )
    def test_no_usable_answer_is_unavailable(
        self, opened: StripeDriver, fault: DoubleFault
    ) -> None:
        calls: list[Callable[[], object]] = [
            lambda: opened.gateway.subscriptions.fetch("sub_1"),
            lambda: list(opened.gateway.subscriptions.list_all()),
            lambda: opened.gateway.checkouts.start(checkout_request("price_1")),
            lambda: opened.gateway.payments.fetch("in_1"),
        ]
        for call in calls:
            opened.double.plan(fault)
            with pytest.raises(GatewayUnavailable) as caught:
                call()
            assert "html" not in str(caught.value)

    def test_a_gateway_that_hangs_is_given_up(self, opened: StripeDriver) -> None:
        gateway = another_gateway(opened.double, timeout=0.2)
        opened.double.plan("hang")
        with pytest.raises(GatewayUnavailable):
            gateway.subscriptions.fetch("sub_1")

    def test_nobody_listening_is_unavailable(self) -> None:
        origin = f"http://127.0.0.1:{free_port()}"
        gateway = build(StripeClient(API_KEY, api_base=origin, network_retries=0), [SECRET])
        with pytest.raises(GatewayUnavailable):
            gateway.subscriptions.fetch("sub_1")

    @pytest.mark.parametrize("fault", ["timeout_after_effect", "timeout_before_effect"])
    @pytest.mark.parametrize("step", range(7))
    @pytest.mark.parametrize("days", [timedelta(), DAYS])
    def test_a_charge_is_made_once_wherever_it_is_interrupted(
        self, opened: StripeDriver, fault: DoubleFault, step: int, days: timedelta
    ) -> None:
        method = opened.saved_method("acme", card="ok")
        opened.double.plan(*[None] * step, fault)

        def charge() -> ChargeOutcome:
            try:
                return opened.gateway.payments.charge(charge_request(method))
            finally:
                opened.advance(days)

        outcome = until_answered(charge)
        assert isinstance(outcome, Succeeded)
        paid = opened.gateway.payments.fetch(outcome.ref)
        assert (paid.status, paid.amount) == ("succeeded", SETUP_FEE)
        assert len(opened.store.every("invoice")) == opened.effects("charge") == 1

    @pytest.mark.parametrize("step", range(5))
    @pytest.mark.parametrize("days", [timedelta(), DAYS])
    def test_a_page_is_opened_once_wherever_it_is_interrupted(
        self, opened: StripeDriver, step: int, days: timedelta
    ) -> None:
        request = checkout_request(synced(opened).price)
        opened.double.plan(*[None] * step, "timeout_after_effect")

        def start() -> object:
            try:
                return opened.gateway.checkouts.start(request)
            finally:
                opened.advance(days)

        until_answered(start)
        assert opened.effects("checkout") == 1
        assert len(opened.store.every("customer")) == 1

    @pytest.mark.parametrize("step", range(3))
    @pytest.mark.parametrize("days", [timedelta(), DAYS])
    def test_a_swap_at_the_next_cycle_is_planned_once_wherever_it_is_interrupted(
        self, opened: StripeDriver, step: int, days: timedelta
    ) -> None:
        ref, team = subscribed(opened).ref, synced(opened, TEAM).price
        opened.double.plan(*[None] * step, "timeout_after_effect")

        def swap() -> object:
            try:
                return opened.gateway.subscriptions.swap("swap_1", ref, team, "next_cycle")
            finally:
                opened.advance(days)

        until_answered(swap)
        assert len(opened.store.every("subscription_schedule")) == 1
        opened.renew(ref)
        assert opened.gateway.subscriptions.fetch(ref).price == TEAM.price

    @pytest.mark.parametrize("step", range(2))
    def test_a_refund_is_made_once_wherever_it_is_interrupted(
        self, opened: StripeDriver, step: int
    ) -> None:
        charge = paid_charge(opened)
        opened.double.plan(*[None] * step, "timeout_after_effect")

        def refund() -> object:
            try:
                return opened.gateway.payments.refund(
                    "refund_1", charge, Money(1_000, "USD"), "Late"
                )
            finally:
                opened.advance(DAYS)

        until_answered(refund)
        assert opened.gateway.payments.fetch(charge).refunded == 1_000


class TestSecrets:
    @pytest.mark.parametrize("fault", ["wrong_key", "html", "server_error", "refused"])
    def test_are_in_no_error_and_in_no_log(
        self, opened: StripeDriver, fault: DoubleFault, caplog: pytest.LogCaptureFixture
    ) -> None:
        caplog.set_level(logging.DEBUG)
        opened.double.plan(fault)
        with pytest.raises(DomainError) as caught:
            opened.gateway.subscriptions.portal_url("cus_1", "https://app.example")
        shown = "".join(traceback.format_exception(caught.value))
        written = [shown, repr(caught.value.details), caplog.text, repr(opened.gateway)]
        assert not any(secret in text for text in written for secret in (API_KEY, SECRET))

    def test_are_cut_out_of_what_a_gateway_echoes(self, opened: StripeDriver) -> None:
        opened.double.plan("echo")
        with pytest.raises(GatewayRejected, match=r"You sent \*\*\*") as caught:
            opened.gateway.subscriptions.fetch("sub_1")
        assert API_KEY not in "".join(traceback.format_exception(caught.value))

    def test_a_refused_key_is_not_worth_repeating(self, opened: StripeDriver) -> None:
        stranger = build(StripeClient("sk_test_wrong", api_base=opened.double.api_base), [SECRET])
        with pytest.raises(GatewayRejected):
            stranger.subscriptions.fetch("sub_1")
