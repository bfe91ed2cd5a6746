"""The webhooks of every gateway: what they name, and whose signature is believed."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest

from gateways.port import (
    InvalidSignature,
    VerifiedEvent,
)
from tests.support.gateway_driver import Delivery, GatewayDriver
from tests.support.gateway_steps import (
    charge_request,
    payment_request,
    subscribed,
)


class TestWebhooks:
    def verified(self, driver: GatewayDriver) -> list[VerifiedEvent]:
        return [
            driver.gateway.webhooks.verify(raw, headers) for raw, headers in driver.deliveries()
        ]

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
            "cancel": lambda: driver.gateway.subscriptions.cancel(
                "cancel_1", ref, at_period_end=False
            ),
        }
        changes[change]()
        assert ref in {event.subscription for event in self.verified(driver)}

    def test_a_hosted_payment_is_announced(self, driver: GatewayDriver) -> None:
        page = driver.gateway.checkouts.start_payment(payment_request())
        driver.approve(page)
        events = self.verified(driver)
        charge = driver.gateway.checkouts.fetch(page.ref).charge
        assert page.ref in {e.checkout for e in events} or charge in {e.charge for e in events}

    def test_a_confirmed_charge_is_announced(self, driver: GatewayDriver) -> None:
        if not driver.gateway.capabilities.saved_method_charge:
            assert driver.deliveries() == []
            return
        method = driver.saved_method("acme", card="3ds")
        outcome = driver.gateway.payments.charge(charge_request(method))
        driver.deliveries()
        driver.confirm(outcome.ref, succeed=True)
        assert outcome.ref in {event.charge for event in self.verified(driver)}

    def test_the_same_delivery_has_the_same_id(self, driver: GatewayDriver) -> None:
        raw, headers = self.one(driver)
        first = driver.gateway.webhooks.verify(raw, headers)
        assert driver.gateway.webhooks.verify(raw, headers).id == first.id

    def test_one_changed_byte_is_refused(self, driver: GatewayDriver) -> None:
        raw, headers = self.one(driver)
        with pytest.raises(InvalidSignature):
            driver.gateway.webhooks.verify(raw + b" ", headers)

    def test_no_signature_is_refused(self, driver: GatewayDriver) -> None:
        raw, _ = self.one(driver)
        with pytest.raises(InvalidSignature):
            driver.gateway.webhooks.verify(raw, {"content-type": "application/json"})

    @pytest.mark.parametrize("rubbish", ["", "t=,v1=", "é", "0" * 64, "t=x,v1=y,t=1"])
    def test_rubbish_in_the_headers_is_refused(self, driver: GatewayDriver, rubbish: str) -> None:
        raw, headers = self.one(driver)
        with pytest.raises(InvalidSignature):
            driver.gateway.webhooks.verify(raw, dict.fromkeys(headers, rubbish))

    def test_a_stranger_s_signature_is_refused(self, driver: GatewayDriver) -> None:
        forged = driver.resign(self.one(driver), by="foreign")
        assert forged is not None
        with pytest.raises(InvalidSignature):
            driver.gateway.webhooks.verify(*forged)

    def test_the_secret_being_rotated_out_is_accepted(self, driver: GatewayDriver) -> None:
        delivery = self.one(driver)
        previous = driver.resign(delivery, by="previous") or delivery
        event = driver.gateway.webhooks.verify(*previous)
        assert event.id == driver.gateway.webhooks.verify(*delivery).id

    def test_an_old_signature_is_refused_where_it_has_a_time(self, driver: GatewayDriver) -> None:
        old = driver.resign(self.one(driver), age=timedelta(hours=1))
        if old is not None:
            with pytest.raises(InvalidSignature):
                driver.gateway.webhooks.verify(*old)
