"""What is read: subscriptions and webhooks."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
import stripe

from gateways.port import UNREADABLE, InvalidSignature, VerifiedEvent
from kernel.money import Money
from kernel.month import Month
from tests.support import stripe_periods
from tests.support.gateway_steps import (
    charge_request,
    paid_charge,
    subscribed,
)
from tests.support.stripe_driver import SECRET, StripeDriver
from tests.support.stripe_shapes import Record


class TestSnapshot:
    @pytest.mark.parametrize(
        ("raw", "neutral"),
        [
            ("incomplete", "pending"),
            ("incomplete_expired", "expired"),
            ("trialing", "trialing"),
            ("past_due", "past_due"),
            ("unpaid", "suspended"),
            ("paused", "paused"),
            ("canceled", "cancelled"),
        ],
    )
    def test_every_status_has_a_neutral_word(
        self, opened: StripeDriver, raw: str, neutral: str
    ) -> None:
        ref = subscribed(opened).ref
        opened.store.get(ref)["status"] = raw
        seen = opened.gateway.subscriptions.fetch(ref)
        assert (seen.status, seen.raw_status) == (neutral, raw)

    def test_a_status_of_the_future_is_unknown(self, opened: StripeDriver) -> None:
        ref = subscribed(opened).ref
        opened.store.get(ref)["status"] = "hibernating"
        seen = opened.gateway.subscriptions.fetch(ref)
        assert (seen.status, seen.raw_status) == ("unknown", "hibernating")
        opened.double.departures.clear()

    def test_the_method_is_the_customers_when_the_subscription_has_none(
        self, opened: StripeDriver
    ) -> None:
        made = subscribed(opened)
        assert made.payment_method is not None
        assert (made.payment_method.brand, made.payment_method.last4) == ("visa", "4242")
        assert made.payment_method.expires == Month(2040, 12)
        assert made.customer is not None
        stored = opened.store.get(made.ref)
        settings = opened.store.get(made.customer)["invoice_settings"]
        settings["default_payment_method"] = stored["default_payment_method"]
        stored["default_payment_method"] = None
        seen = opened.gateway.subscriptions.fetch(made.ref).payment_method
        assert seen == made.payment_method

    def test_all_pages_are_listed(self, opened: StripeDriver) -> None:
        made = subscribed(opened)
        stored = opened.store.get(made.ref)
        order: Record = {
            "customer": made.customer,
            "price": made.price_ref,
            "subscription_data": {"metadata": {}},
        }
        for _ in range(120):
            stripe_periods.begin(opened.store, order, stored["default_payment_method"])
        listed = {each.ref for each in opened.gateway.subscriptions.list_all()}
        assert len(listed) == 121


class TestWebhooks:
    def verify(self, opened: StripeDriver, payload: object) -> VerifiedEvent:
        body = json.dumps(payload)
        timestamp = opened.store.timestamp()
        header = stripe.WebhookSignature.generate_signature_header(body, SECRET, timestamp)
        return opened.gateway.webhooks.verify(body.encode(), {"stripe-signature": header})

    @pytest.mark.parametrize(
        "payload",
        [
            [],
            "text",
            {},
            {"id": "evt_1", "type": "x", "created": "soon", "data": {"object": {}}},
            {"id": "evt_1", "type": "x", "created": 10**30, "data": {"object": {}}},
        ],
    )
    def test_signed_but_not_an_event_is_kept_as_unreadable(
        self, opened: StripeDriver, payload: object
    ) -> None:
        assert self.verify(opened, payload).type == UNREADABLE

    @pytest.mark.parametrize("data", [None, [], "x", {"object": "sub_1"}, {"object": []}])
    def test_an_event_about_nothing_names_nothing(self, opened: StripeDriver, data: object) -> None:
        seen = self.verify(opened, {"id": "evt_1", "type": "x", "created": 1, "data": data})
        assert (seen.id, seen.type, seen.subscription) == ("evt_1", "x", "")

    def test_an_unknown_type_is_passed_on(self, opened: StripeDriver) -> None:
        named = {"object": "telescope", "id": "tel_1"}
        self.verify(opened, {"id": "evt_1", "type": "x.y", "created": 1, "data": {"object": named}})

    def test_both_secrets_of_a_rotation_may_sign_one_webhook(self, opened: StripeDriver) -> None:
        subscribed(opened)
        raw, headers = opened.deliveries()[0]
        stranger = opened.resign((raw, headers), by="foreign")
        assert stranger is not None
        own = headers["stripe-signature"].partition(",")[2]
        both = f"{stranger[1]['stripe-signature']},{own}"
        assert opened.gateway.webhooks.verify(raw, {"stripe-signature": both}).id

    def test_what_is_dated_in_the_future_is_refused(self, opened: StripeDriver) -> None:
        subscribed(opened)
        early = opened.resign(opened.deliveries()[0], age=timedelta(hours=-1))
        assert early is not None
        with pytest.raises(InvalidSignature):
            opened.gateway.webhooks.verify(*early)

    def test_an_invoice_names_its_subscription_and_workspace(self, opened: StripeDriver) -> None:
        made = subscribed(opened)
        events = [opened.gateway.webhooks.verify(*each) for each in opened.deliveries()]
        paid = next(event for event in events if event.type == "invoice.paid")
        assert (paid.subscription, paid.workspace_id) == (made.ref, "acme")
        assert (paid.customer, paid.charge) == (made.customer, "")

    @pytest.mark.parametrize("hosted", [True, False])
    def test_a_refund_names_the_charge(self, opened: StripeDriver, hosted: bool) -> None:
        if hosted:
            ref = paid_charge(opened)
        else:
            method = opened.saved_method("acme", card="ok")
            ref = opened.gateway.payments.charge(charge_request(method)).ref
        opened.deliveries()
        opened.gateway.payments.refund("refund_1", ref, Money(900, "USD"), "Late")
        events = [opened.gateway.webhooks.verify(*each) for each in opened.deliveries()]
        assert {event.type: event.charge for event in events} == {
            "charge.refunded": ref,
            "refund.created": ref,
        }
