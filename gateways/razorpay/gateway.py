"""The gateway on Razorpay."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from gateways.port import Capabilities, Gateway
from gateways.port.offerings import RAZORPAY, RAZORPAY_COUPONS
from gateways.razorpay.adjustments import Adjustments
from gateways.razorpay.catalogue import Catalogue
from gateways.razorpay.checkouts import Checkouts
from gateways.razorpay.client import RazorpayClient
from gateways.razorpay.holdings import Holdings
from gateways.razorpay.invoices import Invoices
from gateways.razorpay.movements import Movements
from gateways.razorpay.payments import Payments
from gateways.razorpay.subscriptions import Subscriptions
from gateways.razorpay.webhooks import Webhooks


def build(
    client: RazorpayClient,
    webhook_secrets: Sequence[str],
    *,
    public_url: str,
    webhook_max_age: timedelta = timedelta(days=16),
) -> Gateway:
    """`webhook_secrets`: the present one first, then those being rotated out. `public_url` is where
    `checkout_pages` is served."""
    catalogue = Catalogue(client)
    movements = Movements(client)
    invoices = Invoices(client, movements)
    return Gateway(
        name="razorpay",
        capabilities=Capabilities(
            cancels="period_end", archive_price=False, offers=RAZORPAY, coupons=RAZORPAY_COUPONS
        ),
        catalogue=catalogue,
        checkouts=Checkouts(client, public_url),
        subscriptions=Subscriptions(client, catalogue, invoices),
        payments=Payments(client, movements, invoices),
        webhooks=Webhooks(webhook_secrets, client.clock, webhook_max_age),
        adjustments=Adjustments(client),
        holdings=Holdings(client),
    )
