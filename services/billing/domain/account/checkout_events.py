"""A checkout's way, in the account's stream."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from kernel.events import DomainEvent, added
from services.billing.domain.account.checkout import CloseReason, Trial
from services.billing.domain.account.given_discount import GivenDiscount
from services.billing.domain.account.subscription import AgreedPrice


@dataclass(frozen=True, kw_only=True)
class CheckoutStarted(DomainEvent):
    """The intent, before the gateway is asked with `checkout_id` as the command id. Everything
    that is needed to ask again is here."""

    TOPIC: ClassVar[str] = "billing.CheckoutStarted"
    checkout_id: str
    gateway: str
    deal: AgreedPrice
    replaces: str | None
    success_url: str
    cancel_url: str
    quantity: int = added(1)
    trial: Trial | None = added(None)
    discount: GivenDiscount | None = added(None)


@dataclass(frozen=True, kw_only=True)
class CheckoutOpened(DomainEvent):
    """The gateway's answer: its page."""

    TOPIC: ClassVar[str] = "billing.CheckoutOpened"
    checkout_id: str
    gateway: str
    ref: str
    url: str
    expires_at: datetime | None


@dataclass(frozen=True, kw_only=True)
class CheckoutClosed(DomainEvent):
    TOPIC: ClassVar[str] = "billing.CheckoutClosed"
    checkout_id: str
    gateway: str
    reason: CloseReason


@dataclass(frozen=True, kw_only=True)
class CheckoutAbandoned(DomainEvent):
    """The page of a superseded checkout can't be paid any more."""

    TOPIC: ClassVar[str] = "billing.CheckoutAbandoned"
    checkout_id: str
