"""The gateway on Razorpay."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from gateways.hosted_only import hosted_only
from gateways.port import Gateway
from gateways.razorpay.catalogue import Catalogue
from gateways.razorpay.checkouts import Checkouts
from gateways.razorpay.client import RazorpayClient
from gateways.razorpay.payments import Payments
from gateways.razorpay.subscriptions import Subscriptions
from gateways.razorpay.webhooks import Webhooks

CAPABILITIES = hosted_only(cancels="period_end", archive_price=False)


def build(
    client: RazorpayClient,
    webhook_secrets: Sequence[str],
    *,
    public_url: str,
    webhook_max_age: timedelta = timedelta(days=3),
) -> Gateway:
    """`webhook_secrets`: the present one first, then those being rotated out. `public_url` is where
    `checkout_pages` is served."""
    clock = client.clock
    catalogue = Catalogue(client)
    return Gateway(
        name="razorpay",
        capabilities=CAPABILITIES,
        catalogue=catalogue,
        checkouts=Checkouts(client, public_url, clock),
        subscriptions=Subscriptions(client, catalogue, clock),
        payments=Payments(client),
        webhooks=Webhooks(webhook_secrets, clock, webhook_max_age),
    )
