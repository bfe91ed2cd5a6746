"""What was asked of a gateway and what came of it, in the account's stream."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar, Literal

from kernel.events import DomainEvent, added
from services.billing.domain.account.given_discount import GivenDiscount
from services.billing.domain.account.subscription import AgreedPrice, Subscription
from services.billing.domain.account.timing import Timing

ChangeKind = Literal[
    "cancel",
    "resume",
    "swap",
    "quantity",
    "pause",
    "unpause",
    "trial",
    "discount",
    "discount_end",
]


@dataclass(frozen=True, kw_only=True)
class ChangeRequested(DomainEvent):
    """The intent, before the gateway is asked with `command_id`. `deal` and `timing` of a swap;
    `until` of a pause or a trial, which without it is an open one and ends at once;
    `reason` where somebody else than the workspace wants it."""

    TOPIC: ClassVar[str] = "billing.ChangeRequested"
    command_id: str
    kind: ChangeKind
    gateway: str
    subscription_ref: str
    at_period_end: bool = True
    deal: AgreedPrice | None = None
    timing: Timing | None = None
    reason: str = added("")
    quantity: int | None = added(None)
    until: datetime | None = added(None)
    discount: GivenDiscount | None = added(None)


@dataclass(frozen=True, kw_only=True)
class ChangeConfirmed(DomainEvent):
    TOPIC: ClassVar[str] = "billing.ChangeConfirmed"
    command_id: str


@dataclass(frozen=True, kw_only=True)
class ChangeRefused(DomainEvent):
    """The gateway will never do it: `reason` is `<code>: <message>`."""

    TOPIC: ClassVar[str] = "billing.ChangeRefused"
    command_id: str
    reason: str


@dataclass(frozen=True, kw_only=True)
class SubscriptionSuperseded(DomainEvent):
    """Another one counts. This one, whole, is to be cancelled at its gateway until that is
    confirmed."""

    TOPIC: ClassVar[str] = "billing.SubscriptionSuperseded"
    subscription: Subscription
    reason: str
    seen_at: datetime | None = None


@dataclass(frozen=True, kw_only=True)
class SubscriptionAdopted(DomainEvent):
    """No checkout of ours made it: a person did, in the gateway's dashboard."""

    TOPIC: ClassVar[str] = "billing.SubscriptionAdopted"
    gateway: str
    subscription_ref: str
    customer_ref: str | None


@dataclass(frozen=True, kw_only=True)
class GatewayReferenceForgotten(DomainEvent):
    """A subscription, customer or checkout that its gateway does not answer for any more: nobody
    asks for it again."""

    TOPIC: ClassVar[str] = "billing.GatewayReferenceForgotten"
    gateway: str
    ref: str
    reason: str


@dataclass(frozen=True, kw_only=True)
class OrphanSubscriptionCancelled(DomainEvent):
    TOPIC: ClassVar[str] = "billing.OrphanSubscriptionCancelled"
    gateway: str
    subscription_ref: str
    reason: str
