"""What is sent: only what Stripe documents, with a key, repeated within bounds."""

from __future__ import annotations

import pytest
import stripe

from gateways.port import (
    GatewayUnavailable,
)
from tests.support.gateway_steps import (
    PRO,
    charge_request,
    subscribed,
)
from tests.support.stripe_double import API_KEY, stripe_double
from tests.support.stripe_driver import StripeDriver, another_gateway
from tests.support.stripe_openapi import UnknownRequest, operation


class TestRequests:
    """The double holds each request against Stripe's OpenAPI document; these show that it does."""

    def test_a_parameter_that_stripe_does_not_know_fails_the_test(self) -> None:
        def send_a_wrong_parameter() -> None:
            with stripe_double() as double:
                client = stripe.StripeClient(API_KEY, base_addresses={"api": double.api_base})
                with pytest.raises(stripe.InvalidRequestError):
                    client.raw_request("post", "/v1/products", name="Pro", colour="blue")

        with pytest.raises(AssertionError, match="colour"):
            send_a_wrong_parameter()

    @pytest.mark.parametrize(
        ("template", "form"),
        [
            ("/v1/prices", "currency=usd&recurring[interval]=fortnight"),
            ("/v1/prices", "currency=usd&recurring[interval]=month&recurring[every]=2"),
            ("/v1/prices", "unit_amount=100"),
            ("/v1/prices", "currency=usd&unit_amount=4.90"),
            ("/v1/nothing", "a=b"),
        ],
    )
    def test_the_document_refuses(self, template: str, form: str) -> None:
        with pytest.raises(UnknownRequest):
            operation("POST", template).accept(form)

    def test_every_post_carries_an_idempotency_key(self, opened: StripeDriver) -> None:
        opened.gateway.payments.charge(charge_request(opened.saved_method("acme", card="ok")))
        opened.gateway.subscriptions.cancel("cancel_1", subscribed(opened).ref, at_period_end=True)
        keys = [key for verb, _, key in opened.double.requests if verb == "POST"]
        assert all(keys)
        assert "purchase_1:pay" in keys
        assert "cancel_1:cancel" in keys

    def test_a_key_with_other_parameters_is_refused(self, opened: StripeDriver) -> None:
        client = stripe.StripeClient(API_KEY, base_addresses={"api": opened.double.api_base})
        client.v1.customers.create({"email": "a@acme.example"}, {"idempotency_key": "k"})
        with pytest.raises(stripe.IdempotencyError):
            client.v1.customers.create({"email": "b@acme.example"}, {"idempotency_key": "k"})


class TestRetries:
    def test_a_lost_answer_is_asked_for_again_with_the_same_key(self, opened: StripeDriver) -> None:
        gateway = another_gateway(opened.double, retries=1)
        opened.double.plan(None, "timeout_after_effect")
        gateway.catalogue.ensure_plan("sync_1", PRO, None)
        keys = [key for verb, path, key in opened.double.requests if path == "/v1/products" and key]
        assert len(keys) == 2
        assert len(set(keys)) == 1
        assert opened.effects("product") == 1

    def test_they_are_bounded(self, opened: StripeDriver) -> None:
        gateway = another_gateway(opened.double, retries=1)
        opened.break_next("server_error", calls=10)
        with pytest.raises(GatewayUnavailable):
            gateway.subscriptions.fetch("sub_1")
        assert len(opened.double.requests) == 2

    def test_a_throttled_request_is_left_to_the_caller(self, opened: StripeDriver) -> None:
        gateway = another_gateway(opened.double, retries=2)
        opened.double.plan("throttled")
        with pytest.raises(GatewayUnavailable) as caught:
            gateway.subscriptions.fetch("sub_1")
        assert caught.value.details["http_status"] == 429
        assert len(opened.double.requests) == 1
