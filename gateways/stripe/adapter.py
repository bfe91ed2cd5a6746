"""The gateway port on Stripe."""

from __future__ import annotations

from collections.abc import Sequence

from gateways.port import Capabilities
from gateways.split import split
from gateways.stripe.checkouts import Checkouts
from gateways.stripe.plans import Plans
from gateways.stripe.refunds import Refunds
from gateways.stripe.swaps import Swaps
from gateways.stripe.webhooks import Webhooks
from kernel.clock import Clock, utc_clock


class StripeGateway(Plans, Checkouts, Swaps, Refunds, Webhooks):
    """Safe to share between threads. A call waits at most `timeout` seconds for each of
    1 + `network_retries` attempts of each request.

    `webhook_secrets`: all are accepted, so that a secret can be rotated without losing a webhook.
    """

    name = "stripe"
    capabilities = Capabilities(
        cancels="period_end",
        resume=True,
        swap_in_place=True,
        saved_method_charge=True,
        portal=True,
        archive_price=True,
        proration_preview=True,
    )

    def __init__(
        self,
        api_key: str,
        webhook_secrets: Sequence[str],
        api_base: str | None = None,
        timeout: float = 20.0,
        clock: Clock = utc_clock,
        network_retries: int = 2,
    ) -> None:
        super().__init__(api_key, webhook_secrets, api_base, timeout, clock, network_retries)
        self.catalogue, self.checkouts, self.subscriptions, self.payments, self.webhooks = split(
            self
        )
