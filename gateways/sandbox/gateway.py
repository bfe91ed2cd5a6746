"""The sandbox as a gateway: the port's contract with no company behind it."""

from __future__ import annotations

from collections.abc import Sequence

from gateways.port import Gateway
from gateways.sandbox.adjustments import Adjustments
from gateways.sandbox.catalogue import Catalogue
from gateways.sandbox.checkouts import Checkouts
from gateways.sandbox.client import SandboxClient
from gateways.sandbox.holdings import Holdings
from gateways.sandbox.payments import Payments
from gateways.sandbox.subscriptions import Subscriptions
from gateways.sandbox.webhooks import Webhooks


def build(client: SandboxClient, webhook_secrets: Sequence[str]) -> Gateway:
    return Gateway(
        name=client.name,
        capabilities=client.profile.capabilities,
        catalogue=Catalogue(client),
        checkouts=Checkouts(client),
        subscriptions=Subscriptions(client),
        payments=Payments(client),
        webhooks=Webhooks(webhook_secrets, client.state),
        adjustments=Adjustments(client),
        holdings=Holdings(client),
    )
