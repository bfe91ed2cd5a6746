"""The gateway on Stripe."""

from __future__ import annotations

from collections.abc import Sequence

from gateways.port import Capabilities, Gateway
from gateways.port.offerings import STRIPE
from gateways.stripe.adjustments import Adjustments
from gateways.stripe.catalogue import Catalogue
from gateways.stripe.checkouts import Checkouts
from gateways.stripe.client import StripeClient
from gateways.stripe.holdings import Holdings
from gateways.stripe.payments import Payments
from gateways.stripe.subscriptions import Subscriptions
from gateways.stripe.webhooks import Webhooks


def build(client: StripeClient, webhook_secrets: Sequence[str], *, taxes: bool = False) -> Gateway:
    """`taxes`: checkouts let Stripe Tax compute them."""
    return Gateway(
        name="stripe",
        capabilities=Capabilities(
            cancels="period_end",
            resume=True,
            swap_in_place=True,
            saved_method_charge=True,
            portal=True,
            archive_price=True,
            proration_preview=True,
            offers=STRIPE,
        ),
        catalogue=Catalogue(client),
        checkouts=Checkouts(client, taxes=taxes),
        subscriptions=Subscriptions(client),
        payments=Payments(client),
        webhooks=Webhooks(webhook_secrets, client.clock, client.installation),
        adjustments=Adjustments(client),
        holdings=Holdings(client),
    )
