"""The gateway on PayPal."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

from gateways.paypal.adjustments import Adjustments
from gateways.paypal.catalogue import Catalogue
from gateways.paypal.certificates import Certificates, is_paypals
from gateways.paypal.checkouts import Checkouts
from gateways.paypal.client import PayPalClient
from gateways.paypal.holdings import Holdings
from gateways.paypal.invoices import Invoices
from gateways.paypal.orders import Orders
from gateways.paypal.payments import Payments
from gateways.paypal.sales import Sales
from gateways.paypal.subscriptions import Subscriptions
from gateways.paypal.trust import Trust
from gateways.paypal.webhooks import Webhooks
from gateways.port import Capabilities, Gateway
from gateways.port.offerings import PAYPAL, PAYPAL_COUPONS

NO_TAX = Decimal(0)
_CAPABILITIES = Capabilities(
    cancels="immediately", archive_price=True, offers=PAYPAL, coupons=PAYPAL_COUPONS
)
_ENDING = replace(_CAPABILITIES, cancels="period_end", resume=True, emulates_end=True)


def build(
    client: PayPalClient,
    webhook_ids: Sequence[str],
    *,
    webhook_max_age: timedelta = timedelta(days=4),
    tax_percentage: Decimal = NO_TAX,
    cancels_at_period_end: bool = False,
    accepts_certificate_url: Callable[[str], bool] = is_paypals,
    certificate_trust: Trust | None = None,
) -> Gateway:
    """`webhook_ids`: the present one first, then those being rotated out. `tax_percentage`: what
    prices include of a tax, for all payers alike. `cancels_at_period_end`: emulated, by a rest.

    `accepts_certificate_url` and `certificate_trust` are given by tests only.
    """
    catalogue = Catalogue(client)
    sales = Sales(client)
    invoices = Invoices(client, catalogue, sales)
    subscriptions = Subscriptions(client, catalogue, invoices, emulates_end=cancels_at_period_end)
    orders = Orders(client)
    certificates = Certificates(
        min(client.timeout, 5.0), accepts_certificate_url, certificate_trust
    )
    return Gateway(
        name="paypal",
        capabilities=_ENDING if cancels_at_period_end else _CAPABILITIES,
        catalogue=catalogue,
        checkouts=Checkouts(client, subscriptions, orders, tax_percentage),
        subscriptions=subscriptions,
        payments=Payments(client, orders, sales, invoices),
        webhooks=Webhooks(webhook_ids, certificates, client.clock, webhook_max_age),
        adjustments=Adjustments(client),
        holdings=Holdings(client),
    )
