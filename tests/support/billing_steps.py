"""What tests of billing repeat."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.support.billing_service import BillingService

KINDS = ["sandbox-stripe", "sandbox-paypal", "sandbox-razorpay"]
# For the fixture `billing`: the gateway's kind.
every_kind = pytest.mark.parametrize("billing", KINDS, indirect=True)
paypal = pytest.mark.parametrize("billing", ["sandbox-paypal"], indirect=True)
razorpay = pytest.mark.parametrize("billing", ["sandbox-razorpay"], indirect=True)
hosted = pytest.mark.parametrize("billing", KINDS[1:], indirect=True)


def pass_time(billing: BillingService, by: timedelta = timedelta(days=32)) -> None:
    """The gateway renews or ends what fell due; nobody is told."""
    billing.driver.advance(by)
    for snapshot in billing.at_gateways():
        if snapshot.status not in ("cancelled", "expired", "suspended"):
            billing.driver.renew(snapshot.ref)
    billing.driver.deliveries()
