"""A plan that is renamed: at each gateway as far as it can follow."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from gateways.port import GatewayUnavailable
from kernel.money import Money
from tests.support import paypal_driver, razorpay_driver, stripe_driver
from tests.support.gateway_steps import PRO, synced
from tests.support.paypal_driver import PayPalDriver

RENAMED = replace(PRO, name="Professional")
RENAMED_AND_DEARER = replace(RENAMED, price=Money(5900, "USD"))


@pytest.fixture
def paypal() -> Iterator[PayPalDriver]:
    with paypal_driver.driver() as opened:
        yield opened


def patches(paypal: PayPalDriver) -> int:
    return sum(call.method == "PATCH" for call in paypal.double.calls)


class TestStripe:
    def test_the_product_has_the_new_name(self) -> None:
        with stripe_driver.driver() as stripe:
            made = synced(stripe)
            stripe.gateway.catalogue.ensure_plan("rename", RENAMED, made)
            assert stripe.store.get(made.product)["name"] == "Professional"


class TestPayPal:
    @pytest.mark.parametrize("is_known", [True, False])
    def test_the_billing_plan_has_the_new_name(self, paypal: PayPalDriver, is_known: bool) -> None:
        made = synced(paypal)
        again = paypal.gateway.catalogue.ensure_plan("rename", RENAMED, made if is_known else None)
        assert again == made
        assert paypal.double.plans[made.price]["name"] == "Professional"

    def test_it_is_asked_for_once(self, paypal: PayPalDriver) -> None:
        made = synced(paypal)
        for name in ("Professional", "Professional", "P" * 130, "P" * 131):
            paypal.gateway.catalogue.ensure_plan(f"rename-{name}", replace(PRO, name=name), made)
        assert patches(paypal) == 2

    def test_a_retired_price_keeps_its_name(self, paypal: PayPalDriver) -> None:
        made = synced(paypal)
        changed = paypal.gateway.catalogue.ensure_plan("both", RENAMED_AND_DEARER, made)
        assert paypal.double.plans[made.price]["name"] == PRO.name
        assert paypal.double.plans[changed.price]["name"] == "Professional"
        assert patches(paypal) == 0

    def test_a_lost_answer_is_asked_for_again(self, paypal: PayPalDriver) -> None:
        made = synced(paypal)
        paypal.double.break_next("timeout_after_effect", method="PATCH")
        paypal.gateway.catalogue.ensure_plan("rename", RENAMED, made)
        assert paypal.double.plans[made.price]["name"] == "Professional"

    def test_while_it_is_down_the_plan_is_not_synced(self, paypal: PayPalDriver) -> None:
        made = synced(paypal)
        paypal.double.break_next("server_error", calls=3, method="PATCH")
        with pytest.raises(GatewayUnavailable):
            paypal.gateway.catalogue.ensure_plan("rename", RENAMED, made)
        assert paypal.double.plans[made.price]["name"] == PRO.name


class TestRazorpay:
    def test_the_plan_keeps_its_name_and_its_subscribers(self) -> None:
        with razorpay_driver.driver() as razorpay:
            made = synced(razorpay)
            assert razorpay.gateway.catalogue.ensure_plan("rename", RENAMED, made) == made
            changed = razorpay.gateway.catalogue.ensure_plan("dearer", RENAMED_AND_DEARER, made)
            names = {ref: plan["item"]["name"] for ref, plan in razorpay.double.plans.items()}
            assert names == {made.price: PRO.name, changed.price: "Professional"}
