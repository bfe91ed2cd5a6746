"""What is PayPal's own, beyond the port: tokens, request ids, statuses, faults."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import timedelta

import pytest

from gateways.paypal import PayPalClient, build
from gateways.port import GatewayRejected, GatewayUnavailable, Status
from kernel.money import Money
from tests.support.gateway_steps import (
    checkout_request,
    paid_charge,
    started,
    subscribed,
    synced,
)
from tests.support.http_double import Answer
from tests.support.paypal_driver import PayPalDriver
from tests.support.paypal_driver import driver as open_driver
from tests.support.paypal_state import CLIENT_ID, CLIENT_SECRET, TOKEN_PATH


@pytest.fixture
def paypal() -> Iterator[PayPalDriver]:
    with open_driver() as opened:
        yield opened


class TestToken:
    def test_one_token_serves_many_calls(self, paypal: PayPalDriver) -> None:
        ref = subscribed(paypal).ref
        paypal.gateway.subscriptions.fetch(ref)
        assert len(paypal.double.called("POST", TOKEN_PATH)) == 1

    def test_an_expired_token_is_replaced_before_it_is_refused(self, paypal: PayPalDriver) -> None:
        synced(paypal)
        paypal.advance(timedelta(hours=9))
        synced(paypal)
        assert len(paypal.double.called("POST", TOKEN_PATH)) == 2

    def test_a_revoked_token_is_replaced_once(self, paypal: PayPalDriver) -> None:
        synced(paypal)
        paypal.double.tokens.clear()
        synced(paypal)
        assert len(paypal.double.called("POST", TOKEN_PATH)) == 2

    def test_wrong_credentials_are_reported_but_not_shown(self, paypal: PayPalDriver) -> None:
        secret = "a-secret-nobody-should-read"
        clock, url = paypal.double.clock.now, paypal.double.url
        client = PayPalClient(CLIENT_ID, secret, clock=clock, api_base=url)
        with pytest.raises(GatewayRejected) as caught:
            build(client, []).subscriptions.fetch("I-1")
        assert caught.value.details["issue"] == "invalid_client"
        assert secret not in f"{caught.value} {caught.value.details}"
        client.close()


class TestRepeating:
    def test_a_keyed_request_is_repeated_with_the_same_key(self, paypal: PayPalDriver) -> None:
        request = checkout_request(synced(paypal).price)
        paypal.double.break_next("timeout_after_effect", method="POST")
        paypal.gateway.checkouts.start(request)
        sent = paypal.double.called("POST", "/v1/billing/subscriptions")
        assert len(sent) == 2
        assert len({call.headers["paypal-request-id"] for call in sent}) == 1
        assert paypal.effects("checkout") == 1

    def test_one_without_a_key_is_left_to_the_caller(self, paypal: PayPalDriver) -> None:
        ref = subscribed(paypal).ref
        paypal.double.break_next("timeout_after_effect", method="POST")
        with pytest.raises(GatewayUnavailable):
            paypal.gateway.subscriptions.cancel("cancel_1", ref, at_period_end=False)
        assert len(paypal.double.called("POST", f"/v1/billing/subscriptions/{ref}/cancel")) == 1
        paypal.gateway.subscriptions.cancel("cancel_1", ref, at_period_end=False)

    def test_a_checkout_older_than_paypal_s_memory_is_found_by_its_custom_id(
        self, paypal: PayPalDriver
    ) -> None:
        first = started(paypal)
        paypal.advance(timedelta(days=4))
        assert started(paypal) == first
        assert paypal.effects("checkout") == 1

    @pytest.mark.parametrize("answer", [Answer(405), Answer(403, {"name": "NOT_AUTHORIZED"})])
    def test_an_account_that_lists_no_subscriptions_sells_all_the_same(
        self, paypal: PayPalDriver, answer: Answer
    ) -> None:
        price = synced(paypal).price
        paypal.double.answer_next(answer)
        first = paypal.gateway.checkouts.start(checkout_request(price))
        assert first.url.startswith("http")
        assert len(paypal.double.called("GET", "/v1/billing/subscriptions")) == 1

    def test_a_listing_that_fails_stops_no_sale(self, paypal: PayPalDriver) -> None:
        price = synced(paypal).price
        paypal.double.break_next("server_error", calls=3, method="GET")
        assert paypal.gateway.checkouts.start(checkout_request(price)).url.startswith("http")

    def test_a_refund_older_than_paypal_s_memory_is_found(self, paypal: PayPalDriver) -> None:
        charge = paid_charge(paypal)
        part = Money(10_000, "USD")
        first = paypal.gateway.payments.refund("refund_1", charge, part, "Discount")
        paypal.advance(timedelta(days=60))
        assert paypal.gateway.payments.refund("refund_1", charge, part, "Discount") == first
        assert paypal.effects("refund") == 1

    def test_a_silent_gateway_is_given_up_in_time(self) -> None:
        with open_driver(timeout=0.1) as paypal:
            synced(paypal)
            paypal.double.patience = 1.0
            paypal.break_next("timeout_before_effect", calls=3)
            started_at = time.monotonic()
            with pytest.raises(GatewayUnavailable) as caught:
                paypal.gateway.subscriptions.fetch("I-1")
            assert caught.value.details["reason"] == "timeout"
            assert time.monotonic() - started_at < 3

    def test_no_error_carries_the_token(self, paypal: PayPalDriver) -> None:
        synced(paypal)
        paypal.break_next("refused", calls=3)
        with pytest.raises(GatewayUnavailable) as caught:
            paypal.gateway.subscriptions.fetch("I-1")
        assert caught.value.__context__ is None
        assert "A21AA" not in f"{caught.value} {caught.value.details}"
        assert CLIENT_SECRET not in f"{caught.value} {caught.value.details}"


class TestNonsense:
    @pytest.mark.parametrize(
        "answer",
        [
            Answer(200, {}),
            Answer(200, {"id": 7}),
            Answer(200, "[]"),
            Answer(204),
            Answer(302, headers={"Location": "https://elsewhere.example/"}),
            Answer(400, "<html>Bad gateway</html>"),
            Answer(409, {"name": "RESOURCE_CONFLICT"}),
        ],
    )
    def test_is_no_answer_at_all(self, paypal: PayPalDriver, answer: Answer) -> None:
        synced(paypal)
        for _ in range(3):
            paypal.double.answer_next(answer)
        with pytest.raises(GatewayUnavailable):
            paypal.gateway.subscriptions.fetch("I-1")

    def test_a_long_throttle_is_not_waited_for(self, paypal: PayPalDriver) -> None:
        synced(paypal)
        body = {"name": "RATE_LIMIT_REACHED"}
        paypal.double.answer_next(Answer(429, body, {"Retry-After": "60"}))
        with pytest.raises(GatewayUnavailable) as caught:
            paypal.gateway.subscriptions.fetch("I-1")
        assert caught.value.details["retry_after"] == 60
        assert len(paypal.double.called("GET", "/v1/billing/subscriptions/I-1")) == 1


class TestStatuses:
    @pytest.mark.parametrize(
        ("raw", "status"),
        [
            ("APPROVAL_PENDING", "pending"),
            ("APPROVED", "pending"),
            ("ACTIVE", "active"),
            ("SUSPENDED", "suspended"),
            ("CANCELLED", "cancelled"),
            ("EXPIRED", "expired"),
            ("SOMETHING_NEW", "unknown"),
        ],
    )
    def test_each_has_a_neutral_word(self, paypal: PayPalDriver, raw: str, status: Status) -> None:
        ref = subscribed(paypal).ref
        paypal.double.subscriptions[ref]["status"] = raw
        seen = paypal.gateway.subscriptions.fetch(ref)
        assert (seen.status, seen.raw_status) == (status, raw)

    def test_a_running_trial_is_trialing(self, paypal: PayPalDriver) -> None:
        ref = subscribed(paypal).ref
        trial = {"tenure_type": "TRIAL", "sequence": 1, "cycles_completed": 0}
        billing = paypal.double.subscriptions[ref]["billing_info"]
        billing["cycle_executions"] = [{**trial, "cycles_remaining": 1}]
        assert paypal.gateway.subscriptions.fetch(ref).status == "trialing"

    def test_a_subscription_of_somebody_else_has_no_workspace(self, paypal: PayPalDriver) -> None:
        ref = subscribed(paypal).ref
        paypal.double.subscriptions[ref]["custom_id"] = "order-17"
        assert paypal.gateway.subscriptions.fetch(ref).workspace_id == ""
