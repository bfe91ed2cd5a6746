"""What tests of billing repeat."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.support.billing_house import BillingHouse

KINDS = ["sandbox-stripe", "sandbox-paypal", "sandbox-razorpay"]
# For the fixture `house`: the gateway's kind.
every_kind = pytest.mark.parametrize("house", KINDS, indirect=True)
paypal = pytest.mark.parametrize("house", ["sandbox-paypal"], indirect=True)
razorpay = pytest.mark.parametrize("house", ["sandbox-razorpay"], indirect=True)
hosted = pytest.mark.parametrize("house", KINDS[1:], indirect=True)


def pass_time(house: BillingHouse, by: timedelta = timedelta(days=32)) -> None:
    """The gateway renews or ends what fell due; nobody is told."""
    house.driver.advance(by)
    for snapshot in house.at_gateways():
        if snapshot.status not in ("cancelled", "expired", "suspended"):
            house.driver.renew(snapshot.ref)
    house.driver.deliveries()
