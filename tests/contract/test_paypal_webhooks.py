"""PayPal's webhooks, verified without asking PayPal."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import Certificate

from gateways.paypal.certificates import FETCHES_A_MINUTE, Certificates, is_paypals
from gateways.paypal.event_references import references
from gateways.paypal.trust import Trust, public_trust
from gateways.port import UNREADABLE, GatewayUnavailable, InvalidSignature
from tests.support.gateway_steps import subscribed
from tests.support.paypal_driver import PayPalDriver
from tests.support.paypal_driver import driver as open_driver
from tests.support.paypal_signing import signer


@pytest.fixture
def paypal() -> Iterator[PayPalDriver]:
    with open_driver(webhook_max_age=timedelta(days=4)) as opened:
        yield opened


def event(**resource: Any) -> bytes:
    body = {"id": "WH-1", "event_type": "BILLING.SUBSCRIPTION.ACTIVATED", "resource": resource}
    return json.dumps({**body, "create_time": "2026-11-20T09:59:00Z"}).encode()


class TestCertificates:
    def test_one_is_fetched_once(self, paypal: PayPalDriver) -> None:
        for _ in range(5):
            paypal.gateway.webhooks.verify(*paypal.double.signed(event()))
        assert paypal.double.certificates_served == 1

    @pytest.mark.parametrize(
        ("url", "is_theirs"),
        [
            ("https://api.paypal.com/v1/notifications/certs/CERT-1", True),
            ("https://api.sandbox.paypal.com:443/v1/notifications/certs/CERT-1", True),
            ("https://api-m.sandbox.paypal.com/v1/notifications/certs/CERT-1a-2b", True),
            ("http://api.paypal.com/v1/notifications/certs/CERT-1", False),
            ("https://api.paypal.com.evil.example/CERT-1", False),
            ("https://evilpaypal.com/CERT-1", False),
            ("https://api.paypal.com@evil.example/CERT-1", False),
            ("https://evil.example/?api.paypal.com", False),
            ("https://evil.example#.paypal.com", False),
            ("https://api.paypal.com:8443/CERT-1", False),
            ("https://[", False),
            ("https://www.paypal.com/v1/notifications/certs/CERT-1", False),
            ("https://api.paypal.com/v1/notifications/certs/../CERT-1", False),
            ("https://api.paypal.com/v1/notifications/certs/CERT-1?to=elsewhere", False),
            ("https://api-m.paypal.com/v1/oauth2/token", False),
            ("", False),
        ],
    )
    def test_only_paypal_s_own_addresses_are_asked(self, url: str, is_theirs: bool) -> None:
        assert is_paypals(url) is is_theirs

    def test_an_address_elsewhere_is_refused_unasked(self, paypal: PayPalDriver) -> None:
        raw, headers = paypal.double.signed(event())
        headers["paypal-cert-url"] = "https://evil.example/cert.pem"
        with pytest.raises(InvalidSignature):
            paypal.gateway.webhooks.verify(raw, headers)
        assert paypal.double.certificates_served == 0

    @pytest.mark.parametrize(
        "name", ["www.paypal.com", "messageverificationcerts.paypal.com.evil.example"]
    )
    def test_one_of_another_name_is_refused(self, paypal: PayPalDriver, name: str) -> None:
        paypal.double.signers["CERT-other"] = signer("paypal", name)
        with pytest.raises(InvalidSignature):
            paypal.gateway.webhooks.verify(*paypal.double.signed(event(), by="CERT-other"))

    def test_one_that_had_expired_when_it_signed_is_refused(self, paypal: PayPalDriver) -> None:
        with open_driver(root="expiring") as expiring:
            until = expiring.now() + timedelta(hours=1)
            expiring.double.signers["CERT-paypal"] = signer("expiring", until=until)
            delivery = expiring.double.signed(event())
            expiring.gateway.webhooks.verify(*delivery)
            expiring.advance(timedelta(minutes=59))
            expiring.gateway.webhooks.verify(*expiring.double.signed(event()))
            expiring.advance(timedelta(minutes=2))
            with pytest.raises(InvalidSignature):
                expiring.gateway.webhooks.verify(*expiring.double.signed(event()))

    def test_a_whole_chain_is_taken_as_well_as_a_leaf(self, paypal: PayPalDriver) -> None:
        ours = signer("paypal")
        chain = ours.pem + ours.issuer.public_bytes(Encoding.PEM)
        paypal.double.signers["CERT-paypal"] = replace(ours, pem=chain)
        assert paypal.gateway.webhooks.verify(*paypal.double.signed(event())).id == "WH-1"

    def test_a_leaf_of_an_unknown_issuer_is_refused(self, paypal: PayPalDriver) -> None:
        ours = signer("paypal")
        url = f"{paypal.double.url}/v1/notifications/certs/CERT-paypal"
        certificates = Certificates(5.0, accepts_url=lambda _: True, trust=Trust([ours.root]))
        with pytest.raises(InvalidSignature, match="not one of PayPal's"):
            certificates.public_key(url, paypal.now())

    @pytest.mark.parametrize(
        "issuer", public_trust().issuers, ids=lambda each: each.subject.rfc4514_string()
    )
    def test_the_issuers_at_hand_are_signed_by_roots_at_hand(self, issuer: Certificate) -> None:
        signed = [each for each in public_trust().roots if each.subject == issuer.issuer]
        assert signed
        issuer.verify_directly_issued_by(signed[0])

    def test_the_system_s_roots_are_trusted_by_default(self, paypal: PayPalDriver) -> None:
        """Which the double's is none of."""
        certificates = Certificates(5.0, accepts_url=lambda _: True)
        _, headers = paypal.double.signed(event())
        with pytest.raises(InvalidSignature, match="not one of PayPal's"):
            certificates.public_key(headers["paypal-cert-url"], paypal.now())

    def test_one_that_does_not_exist_is_a_forgery(self, paypal: PayPalDriver) -> None:
        raw, headers = paypal.double.signed(event())
        headers["paypal-cert-url"] += "-gone"
        with pytest.raises(InvalidSignature):
            paypal.gateway.webhooks.verify(raw, headers)

    def test_an_unreachable_one_lets_paypal_deliver_again(self, paypal: PayPalDriver) -> None:
        delivery = paypal.double.signed(event())
        paypal.break_next("server_error")
        with pytest.raises(GatewayUnavailable):
            paypal.gateway.webhooks.verify(*delivery)
        assert paypal.gateway.webhooks.verify(*delivery).id == "WH-1"

    def test_a_page_in_its_place_is_refused(self, paypal: PayPalDriver) -> None:
        delivery = paypal.double.signed(event())
        paypal.break_next("html")
        with pytest.raises(InvalidSignature):
            paypal.gateway.webhooks.verify(*delivery)


class TestTransmission:
    def test_a_redelivery_of_three_days_is_accepted(self, paypal: PayPalDriver) -> None:
        late = paypal.double.signed(event(), age=timedelta(days=3, hours=1))
        assert paypal.gateway.webhooks.verify(*late).id == "WH-1"

    @pytest.mark.parametrize("age", [timedelta(days=5), timedelta(minutes=-10)])
    def test_too_old_or_from_the_future_is_refused(
        self, paypal: PayPalDriver, age: timedelta
    ) -> None:
        with pytest.raises(InvalidSignature):
            paypal.gateway.webhooks.verify(*paypal.double.signed(event(), age=age))

    @pytest.mark.parametrize(
        "header",
        ["auth-algo", "cert-url", "transmission-id", "transmission-sig", "transmission-time"],
    )
    def test_a_missing_header_is_refused(self, paypal: PayPalDriver, header: str) -> None:
        raw, headers = paypal.double.signed(event())
        del headers[f"paypal-{header}"]
        with pytest.raises(InvalidSignature):
            paypal.gateway.webhooks.verify(raw, headers)

    def test_a_time_moved_by_the_sender_breaks_the_signature(self, paypal: PayPalDriver) -> None:
        raw, headers = paypal.double.signed(event(), age=timedelta(days=5))
        headers["paypal-transmission-time"] = "2026-11-20T10:00:00Z"
        with pytest.raises(InvalidSignature):
            paypal.gateway.webhooks.verify(raw, headers)

    @pytest.mark.parametrize("webhook_id", ["WEBHOOK_ID", "somebody-else-s"])
    def test_another_webhook_s_delivery_is_refused(
        self, paypal: PayPalDriver, webhook_id: str
    ) -> None:
        """The simulator signs with the literal `WEBHOOK_ID`."""
        with pytest.raises(InvalidSignature):
            paypal.gateway.webhooks.verify(*paypal.double.signed(event(), webhook_id=webhook_id))

    @pytest.mark.parametrize("raw", [b"", b"[]", b"{", b'{"id": "WH-1"}', b"\xff"])
    def test_a_body_that_is_no_event_is_kept_as_unreadable(
        self, paypal: PayPalDriver, raw: bytes
    ) -> None:
        seen = paypal.gateway.webhooks.verify(*paypal.double.signed(raw))
        assert seen.type == UNREADABLE

    @pytest.mark.parametrize("odd", ["\t", " ", "\n", "?x=1", "#x", "/../CERT-2", "%09", "é"])
    def test_an_odd_address_of_a_certificate_is_refused_unasked(
        self, paypal: PayPalDriver, odd: str
    ) -> None:
        assert not is_paypals(f"https://api.paypal.com/v1/notifications/certs/CERT-1{odd}")
        address = f"https://api.paypal.com/v1/notifications/certs/C{odd}"
        with pytest.raises(InvalidSignature):
            Certificates(1.0).public_key(address, paypal.now())

    @pytest.mark.parametrize("host", ["paypal.com", "www.paypal.com", "evil.paypal.com"])
    def test_no_host_but_those_that_serve_certificates_is_asked(self, host: str) -> None:
        assert not is_paypals(f"https://{host}/v1/notifications/certs/CERT-1")

    def test_forged_deliveries_cause_few_fetches(self, paypal: PayPalDriver) -> None:
        for number in range(50):
            raw, headers = paypal.double.signed(event())
            headers["paypal-cert-url"] += str(number)
            with pytest.raises((InvalidSignature, GatewayUnavailable)):
                paypal.gateway.webhooks.verify(raw, headers)
        asked = [call for call in paypal.double.calls if "/certs/" in call.path]
        assert len(asked) <= FETCHES_A_MINUTE

    def test_what_is_no_certificate_is_asked_for_once(self, paypal: PayPalDriver) -> None:
        raw, headers = paypal.double.signed(event())
        headers["paypal-cert-url"] += "-none"
        for _ in range(5):
            with pytest.raises(InvalidSignature):
                paypal.gateway.webhooks.verify(raw, headers)
        assert len([call for call in paypal.double.calls if "-none" in call.path]) == 1

    @pytest.mark.parametrize("units", [["x"], "x", {}, [], [None], [[]], None, 7])
    def test_odd_purchase_units_name_nobody(self, paypal: PayPalDriver, units: Any) -> None:
        body = {"id": "WH-1", "event_type": "CHECKOUT.ORDER.APPROVED"}
        raw = json.dumps({**body, "resource": {"id": "O-1", "purchase_units": units}}).encode()
        seen = paypal.gateway.webhooks.verify(*paypal.double.signed(raw))
        assert (seen.checkout, seen.workspace_id) == ("O-1", "")


class TestEvent:
    def test_the_time_is_the_event_s_own(self, paypal: PayPalDriver) -> None:
        seen = paypal.gateway.webhooks.verify(*paypal.double.signed(event()))
        assert seen.occurred_at == datetime(2026, 11, 20, 9, 59, tzinfo=UTC)

    def test_a_renewal_names_its_subscription_and_workspace(self, paypal: PayPalDriver) -> None:
        ref = subscribed(paypal).ref
        paypal.deliveries()
        paypal.renew(ref)
        [delivery] = paypal.deliveries()
        seen = paypal.gateway.webhooks.verify(*delivery)
        assert seen.type == "PAYMENT.SALE.COMPLETED"
        assert (seen.subscription, seen.workspace_id) == (ref, "acme")

    def test_a_type_we_don_t_know_names_nothing(self, paypal: PayPalDriver) -> None:
        raw = event(id="PP-D-1").replace(b"BILLING.SUBSCRIPTION.ACTIVATED", b"CUSTOMER.DISPUTE.NEW")
        seen = paypal.gateway.webhooks.verify(*paypal.double.signed(raw))
        assert (seen.subscription, seen.checkout, seen.charge) == ("", "", "")
        assert seen.payload["resource"] == {"id": "PP-D-1"}

    def test_a_capture_names_its_order(self) -> None:
        related = {"related_ids": {"order_id": "ORDER1"}}
        named = references("PAYMENT.CAPTURE.COMPLETED", {"supplementary_data": related})
        assert (named["checkout"], named["charge"]) == ("ORDER1", "ORDER1")

    def test_a_refund_names_its_capture(self) -> None:
        up = {"rel": "up", "href": "https://api.paypal.com/v2/payments/captures/CAPTURE1"}
        named = references("PAYMENT.CAPTURE.REFUNDED", {"id": "REFUND1", "links": [up]})
        assert named["charge"] == "CAPTURE1"
