"""A payment gateway: what it can do and its five ports."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from gateways.port.catalogue import Catalogue
from gateways.port.checkouts import Checkouts
from gateways.port.payments import Payments
from gateways.port.subscriptions import Subscriptions
from gateways.port.webhooks import Webhooks


@dataclass(frozen=True, slots=True)
class Capabilities:
    """`cancels`: when a cancellation takes effect. The rest: whether the call exists at all."""

    cancels: Literal["period_end", "immediately"]
    archive_price: bool
    resume: bool = False
    swap_in_place: bool = False
    saved_method_charge: bool = False
    portal: bool = False
    proration_preview: bool = False


@dataclass(frozen=True, slots=True)
class Gateway:
    """`name` is the word in URLs, events and configuration."""

    name: str
    capabilities: Capabilities
    catalogue: Catalogue
    checkouts: Checkouts
    subscriptions: Subscriptions
    payments: Payments
    webhooks: Webhooks
