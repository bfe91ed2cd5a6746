"""Razorpay's webhooks: an HMAC over the raw body, an id and nothing else in the headers."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from gateways.port import UNREADABLE, InvalidSignature
from gateways.razorpay.webhooks import Webhooks
from tests.support.gateway_steps import paid_charge, subscribed
from tests.support.razorpay_double import signed
from tests.support.razorpay_driver import RazorpayDriver
from tests.support.razorpay_driver import driver as open_driver
from tests.support.razorpay_events import EVENTS


@pytest.fixture
def razorpay() -> Iterator[RazorpayDriver]:
    with open_driver(webhook_max_age=timedelta(days=3)) as opened:
        yield opened


def event(razorpay: RazorpayDriver, age: timedelta = timedelta(), **entities: Any) -> bytes:
    body = {
        "entity": "event",
        "event": "subscription.charged",
        "payload": {name: {"entity": entity} for name, entity in entities.items()},
        "created_at": int((razorpay.now() - age).timestamp()),
    }
    return json.dumps(body).encode()


class TestSignature:
    @pytest.mark.parametrize("given", ["", "é", "\udce9", "0" * 64, "A" * 10_000])
    def test_whatever_else_stands_there_is_refused(
        self, razorpay: RazorpayDriver, given: str
    ) -> None:
        raw, headers = signed(event(razorpay), "evt_1")
        headers["x-razorpay-signature"] = given
        with pytest.raises(InvalidSignature):
            razorpay.gateway.webhooks.verify(raw, headers)

    @pytest.mark.parametrize("raw", [b"", b"[]", b"{", b"\xff"])
    def test_a_signed_body_that_is_no_event_is_kept_as_unreadable(
        self, razorpay: RazorpayDriver, raw: bytes
    ) -> None:
        assert razorpay.gateway.webhooks.verify(*signed(raw, "evt_1")).type == UNREADABLE

    def test_a_payload_without_a_time_and_without_entities_is_an_event(
        self, razorpay: RazorpayDriver
    ) -> None:
        payload = {"refund": {"id": "rfnd_1", "payment_id": "pay_1"}, "speed": "optimum"}
        raw = json.dumps({"event": "refund.speed_changed", "payload": payload}).encode()
        seen = razorpay.gateway.webhooks.verify(*signed(raw, "evt_1"))
        assert (seen.type, seen.charge) == ("refund.speed_changed", "pay_1")
        assert seen.occurred_at == razorpay.now()

    def test_the_same_body_has_one_digest_whatever_its_header_says(
        self, razorpay: RazorpayDriver
    ) -> None:
        raw = event(razorpay)
        digests = {
            razorpay.gateway.webhooks.verify(*signed(raw, f"evt_{number}")).digest
            for number in range(3)
        }
        assert len(digests) == 1
        assert "" not in digests

    @pytest.mark.parametrize("event_type", sorted(EVENTS))
    @pytest.mark.parametrize("dated", ["root", "payload", "nowhere"])
    def test_every_documented_event_is_taken(
        self, razorpay: RazorpayDriver, event_type: str, dated: str
    ) -> None:
        """Some samples have their time among the entities, and some have none."""
        at = int((razorpay.now() - timedelta(hours=1)).timestamp())
        payload: dict[str, Any] = {kind: {"entity": {}} for kind in EVENTS[event_type]}
        body: dict[str, Any] = {"event": event_type, "payload": payload}
        if dated != "nowhere":
            (body if dated == "root" else payload)["created_at"] = at
        seen = razorpay.gateway.webhooks.verify(*signed(json.dumps(body).encode(), "evt_1"))
        assert seen.type == event_type
        age = timedelta() if dated == "nowhere" else timedelta(hours=1)
        assert seen.occurred_at == razorpay.now() - age

    @pytest.mark.parametrize(
        "body", [{}, {"event": "x"}, {"event": "x", "payload": [], "created_at": 10**30}]
    )
    def test_whatever_object_razorpay_signed_is_taken(
        self, razorpay: RazorpayDriver, body: dict[str, Any]
    ) -> None:
        raw, headers = signed(json.dumps(body).encode(), "evt_1")
        assert razorpay.gateway.webhooks.verify(raw, headers).id == "evt_1"

    @pytest.mark.parametrize("secrets", [[], [""]])
    def test_without_a_secret_nothing_is_accepted(
        self, razorpay: RazorpayDriver, secrets: list[str]
    ) -> None:
        webhooks = Webhooks(secrets, razorpay.now, timedelta(days=3))
        with pytest.raises(InvalidSignature):
            webhooks.verify(*signed(event(razorpay), "evt_1", secret=""))


class TestAge:
    def test_a_redelivery_of_a_day_is_accepted(self, razorpay: RazorpayDriver) -> None:
        raw = event(razorpay, timedelta(hours=25))
        assert razorpay.gateway.webhooks.verify(*signed(raw, "evt_1")).id == "evt_1"

    @pytest.mark.parametrize("age", [timedelta(days=4), timedelta(minutes=-10)])
    def test_too_old_or_from_the_future_is_refused(
        self, razorpay: RazorpayDriver, age: timedelta
    ) -> None:
        with pytest.raises(InvalidSignature):
            razorpay.gateway.webhooks.verify(*signed(event(razorpay, age), "evt_1"))


class TestEvent:
    def test_without_its_header_it_is_known_by_its_content(self, razorpay: RazorpayDriver) -> None:
        raw, headers = signed(event(razorpay), "evt_1")
        del headers["x-razorpay-event-id"]
        first = razorpay.gateway.webhooks.verify(raw, headers)
        assert first.id == razorpay.gateway.webhooks.verify(raw, headers).id
        assert first.id.startswith("sha256:")

    def test_a_renewal_names_its_subscription_but_no_charge(self, razorpay: RazorpayDriver) -> None:
        ref = subscribed(razorpay).ref
        razorpay.deliveries()
        razorpay.renew(ref)
        [delivery] = razorpay.deliveries()
        seen = razorpay.gateway.webhooks.verify(*delivery)
        assert seen.type == "subscription.charged"
        assert (seen.subscription, seen.charge, seen.workspace_id) == (ref, "", "acme")
        assert seen.customer.startswith("cust_")

    def test_a_paid_link_names_itself(self, razorpay: RazorpayDriver) -> None:
        link = paid_charge(razorpay)
        [delivery] = razorpay.deliveries()
        seen = razorpay.gateway.webhooks.verify(*delivery)
        assert (seen.type, seen.checkout, seen.charge) == ("payment_link.paid", link, link)
        assert seen.workspace_id == "acme"

    def test_a_refund_names_its_payment(self, razorpay: RazorpayDriver) -> None:
        raw = event(razorpay, refund={"id": "rfnd_1", "payment_id": "pay_1", "notes": []})
        seen = razorpay.gateway.webhooks.verify(*signed(raw, "evt_1"))
        assert (seen.charge, seen.subscription) == ("pay_1", "")

    def test_a_dispute_names_its_payment(self, razorpay: RazorpayDriver) -> None:
        payment: dict[str, Any] = {"id": "pay_1", "invoice_id": None, "notes": []}
        dispute = {"id": "disp_1", "payment_id": "pay_1"}
        raw = event(razorpay, payment=payment, dispute=dispute)
        seen = razorpay.gateway.webhooks.verify(*signed(raw, "evt_1"))
        assert (seen.charge, seen.invoice) == ("pay_1", "")

    def test_what_moves_a_subscription_s_payment_names_its_invoice(
        self, razorpay: RazorpayDriver
    ) -> None:
        payment: dict[str, Any] = {"id": "pay_1", "invoice_id": "inv_1", "notes": []}
        raw = event(razorpay, refund={"id": "rfnd_1", "payment_id": "pay_1"}, payment=payment)
        seen = razorpay.gateway.webhooks.verify(*signed(raw, "evt_1"))
        assert (seen.charge, seen.invoice) == ("", "inv_1")

    def test_an_invoice_names_its_subscription(self, razorpay: RazorpayDriver) -> None:
        raw = event(razorpay, invoice={"id": "inv_1", "subscription_id": "sub_1"})
        seen = razorpay.gateway.webhooks.verify(*signed(raw, "evt_1"))
        assert (seen.invoice, seen.subscription, seen.charge) == ("inv_1", "sub_1", "")

    def test_a_type_we_don_t_know_names_nothing(self, razorpay: RazorpayDriver) -> None:
        raw = event(razorpay, settlement={"id": "setl_1"})
        seen = razorpay.gateway.webhooks.verify(*signed(raw, "evt_1"))
        assert (seen.subscription, seen.checkout, seen.charge) == ("", "", "")
