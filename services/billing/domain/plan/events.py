"""What happened to a plan: stream `plan:<slug>`. Topics never change."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from kernel.events import CreatedEvent, DomainEvent, added
from services.billing.domain.plan.sale import SaleTerms
from services.billing.domain.terms import ApplyTo, Interval, Price, Terms


@dataclass(frozen=True, kw_only=True)
class PlanCreated(CreatedEvent):
    TOPIC: ClassVar[str] = "billing.PlanCreated"
    slug: str
    name: str
    price: Price
    terms: Terms
    is_active: bool
    is_default: bool


@dataclass(frozen=True, kw_only=True)
class PlanRenamed(DomainEvent):
    TOPIC: ClassVar[str] = "billing.PlanRenamed"
    name: str


@dataclass(frozen=True, kw_only=True)
class PlanRepriced(DomainEvent):
    TOPIC: ClassVar[str] = "billing.PlanRepriced"
    price: Price
    previous: Price


@dataclass(frozen=True, kw_only=True)
class PlanLimitsChanged(DomainEvent):
    """`new_subscribers`: who lived on the plan before keeps the limits of then."""

    TOPIC: ClassVar[str] = "billing.PlanLimitsChanged"
    terms: Terms
    apply_to: ApplyTo = added("everyone")


@dataclass(frozen=True, kw_only=True)
class PlanSaleTermsChanged(DomainEvent):
    TOPIC: ClassVar[str] = "billing.PlanSaleTermsChanged"
    sale: SaleTerms


@dataclass(frozen=True, kw_only=True)
class PlanActivated(DomainEvent):
    TOPIC: ClassVar[str] = "billing.PlanActivated"


@dataclass(frozen=True, kw_only=True)
class PlanDeactivated(DomainEvent):
    TOPIC: ClassVar[str] = "billing.PlanDeactivated"


@dataclass(frozen=True, kw_only=True)
class PlanMadeDefault(DomainEvent):
    """`previous` is the slug of the former default; None for the first."""

    TOPIC: ClassVar[str] = "billing.PlanMadeDefault"
    previous: str | None


@dataclass(frozen=True, kw_only=True)
class PlanNoLongerDefault(DomainEvent):
    """Recorded in the former default's stream, in the transaction of the other's
    `PlanMadeDefault`."""

    TOPIC: ClassVar[str] = "billing.PlanNoLongerDefault"
    successor: str


@dataclass(frozen=True, kw_only=True)
class PlanSynced(DomainEvent):
    """The gateway offers the plan as the catalogue had it when it was asked."""

    TOPIC: ClassVar[str] = "billing.PlanSynced"
    gateway: str
    product_ref: str
    price_ref: str
    price_cents: int
    currency: str
    interval: Interval
    archived_price_ref: str | None


@dataclass(frozen=True, kw_only=True)
class PlanPriceAdopted(DomainEvent):
    """Who pays this price of an existing business lives on the plan. It is not sold to others."""

    TOPIC: ClassVar[str] = "billing.PlanPriceAdopted"
    gateway: str
    product_ref: str
    price_ref: str
    price_cents: int
    currency: str
    interval: Interval


@dataclass(frozen=True, kw_only=True)
class PlanSyncFailed(DomainEvent):
    """What the gateway did is unknown, or it refused: `reason` is `<code>: <message>`."""

    TOPIC: ClassVar[str] = "billing.PlanSyncFailed"
    gateway: str
    reason: str


@dataclass(frozen=True, kw_only=True)
class PlanWithdrawn(DomainEvent):
    """The plan became local-only, and the gateway sells it no more. No reference: it never did."""

    TOPIC: ClassVar[str] = "billing.PlanWithdrawn"
    gateway: str
    archived_price_ref: str | None
