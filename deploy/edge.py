"""What settings say of the edge: limits, rates, origins, hosts, and who may see the documents."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from deploy.setting_types import Exposure, several
from deploy.settings import Settings
from runtime.web.auth import Access
from runtime.web.edge import Edge
from runtime.web.rates import RateLimits, Rates

HOT_PATHS = ("/v1/metering/", "/healthz", "/readyz", "/metrics")
# A webhook that was accepted stands in the inbox, with its time.
QUIET_PATHS = (*HOT_PATHS, "/webhooks/")
MEGABYTE = 1024 * 1024
# 1,000 usage events with the longest ids; the largest webhook of any gateway.
LARGEST_BODIES = {"/v1/metering/events": 4 * MEGABYTE, "/webhooks/": MEGABYTE}


def rates_of(settings: Settings) -> Rates:
    return Rates(
        RateLimits(
            bad_tokens_per_address=settings.rate_bad_tokens_per_address,
            anonymous_per_address=settings.rate_anonymous_per_address,
            requests_per_caller=settings.rate_requests_per_caller,
            checkouts_per_workspace=settings.rate_checkouts_per_workspace,
            holds_per_workspace=settings.rate_holds_per_workspace,
        )
    )


def edge_of(settings: Settings, rates: Rates) -> Edge:
    return Edge(
        rates=rates,
        bodies=LARGEST_BODIES,
        quiet=QUIET_PATHS,
        cors_origins=several(settings.cors_origins),
        return_hosts=_return_hosts(settings),
        https_only=settings.env == "production",
    )


def dependencies_of(exposure: Exposure, access: Access) -> list[Any]:
    return [access.authenticated if exposure == "token" else access.anybody]


def _return_hosts(settings: Settings) -> frozenset[str]:
    """Our own pages are always among those that are named."""
    named = frozenset(host.lower() for host in several(settings.return_hosts))
    own = (urlsplit(settings.origin).hostname or "").lower()
    return named | {own} if named else named
