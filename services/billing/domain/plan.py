"""A plan of the catalogue, and what each gateway sells of it."""

from __future__ import annotations

from datetime import datetime
from functools import singledispatchmethod
from typing import ClassVar

from kernel.aggregate import Aggregate
from kernel.events import DomainEvent
from services.billing.domain import events
from services.billing.domain.draft import PlanDraft
from services.billing.domain.errors import DefaultPlanRequired
from services.billing.domain.offers import GatewaySync, Offer, Offers, SyncState
from services.billing.domain.terms import Price, Terms, check_name


def stream_of(slug: str) -> str:
    return f"plan:{slug}"


def slug_of(stream: str) -> str:
    return stream.removeprefix("plan:")


class Plan(Aggregate):
    """Its slug never changes. Exactly one plan is the default; that one is active and free.

    `revision` is the version at which name or price last changed: the same revision at the same
    gateway is the same command.
    """

    TOPIC: ClassVar[str] = "billing.Plan"
    slug: str
    name: str
    price: Price
    last_paid: Price | None
    terms: Terms
    is_active: bool
    is_default: bool
    revision: int
    offers: Offers

    @classmethod
    def create(cls, draft: PlanDraft, at: datetime) -> Plan:
        """A draft that is the default is the catalogue's first; later ones are made so."""
        draft.check()
        return cls._create(
            events.PlanCreated,
            id=stream_of(draft.slug),
            timestamp=at,
            slug=draft.slug,
            name=draft.name,
            price=draft.price,
            terms=draft.terms,
            is_active=draft.is_active,
            is_default=draft.is_default,
        )

    def rename(self, name: str, at: datetime) -> None:
        check_name(name)
        if name != self.name:
            self.trigger_event(events.PlanRenamed, timestamp=at, name=name)

    def reprice(self, price: Price, at: datetime) -> None:
        """Who subscribed before stays on the price they bought."""
        price.check()
        if self.is_default and not price.is_free:
            raise DefaultPlanRequired
        if price != self.price:
            self.trigger_event(events.PlanRepriced, timestamp=at, price=price, previous=self.price)

    def change_terms(self, terms: Terms, at: datetime) -> None:
        """Holds for existing subscribers too."""
        if terms != self.terms:
            terms.check()
            self.trigger_event(events.PlanLimitsChanged, timestamp=at, terms=terms)

    def activate(self, at: datetime) -> None:
        if not self.is_active:
            self.trigger_event(events.PlanActivated, timestamp=at)

    def deactivate(self, at: datetime) -> None:
        if self.is_default:
            raise DefaultPlanRequired
        if self.is_active:
            self.trigger_event(events.PlanDeactivated, timestamp=at)

    def make_default(self, former: Plan | None, at: datetime) -> None:
        """Both plans are to be saved in one transaction."""
        if self.is_default:
            return
        if not (self.is_active and self.price.is_free):
            raise DefaultPlanRequired
        if former is not None:
            former.trigger_event(events.PlanNoLongerDefault, timestamp=at, successor=self.slug)
        previous = former.slug if former is not None else None
        self.trigger_event(events.PlanMadeDefault, timestamp=at, previous=previous)

    def record_synced(self, gateway: str, offer: Offer, archived: str | None, at: datetime) -> None:
        """No event when that is known already."""
        known = self.sync(gateway)
        if known.settled and known.offer == offer and archived is None:
            return
        self.trigger_event(
            events.PlanSynced,
            timestamp=at,
            gateway=gateway,
            product_ref=offer.product_ref,
            price_ref=offer.price_ref,
            price_cents=offer.price.price_cents,
            currency=offer.price.currency,
            interval=offer.price.interval,
            archived_price_ref=archived,
        )

    def record_sync_failed(self, gateway: str, reason: str, at: datetime) -> None:
        """No event when it failed before for the same reason."""
        if self.sync(gateway).reason != reason:
            self.trigger_event(events.PlanSyncFailed, timestamp=at, gateway=gateway, reason=reason)

    def record_withdrawn(self, gateway: str, archived: str | None, at: datetime) -> None:
        known = self.sync(gateway)
        if known.offer is not None or not known.settled:
            self.trigger_event(
                events.PlanWithdrawn, timestamp=at, gateway=gateway, archived_price_ref=archived
            )

    def sync(self, gateway: str) -> GatewaySync:
        return self.offers.at(gateway)

    def sync_state(self, gateway: str) -> SyncState:
        return self.offers.state(gateway, is_free=self.price.is_free)

    @singledispatchmethod
    def apply(self, event: DomainEvent) -> None:
        super().apply(event)

    @apply.register
    def _(self, event: events.PlanCreated) -> None:
        self.slug = event.slug
        self.name = event.name
        self.price = event.price
        self.last_paid = None if event.price.is_free else event.price
        self.terms = event.terms
        self.is_active = event.is_active
        self.is_default = event.is_default
        self.revision = event.originator_version
        self.offers = Offers()

    @apply.register
    def _(self, event: events.PlanRenamed) -> None:
        self.name = event.name
        if not self.price.is_free:
            self._unsettle(event)

    @apply.register
    def _(self, event: events.PlanRepriced) -> None:
        self.price = event.price
        if not event.price.is_free:
            self.last_paid = event.price
        self._unsettle(event)

    @apply.register
    def _(self, event: events.PlanLimitsChanged) -> None:
        self.terms = event.terms

    @apply.register
    def _(self, _: events.PlanActivated) -> None:
        self.is_active = True

    @apply.register
    def _(self, _: events.PlanDeactivated) -> None:
        self.is_active = False

    @apply.register
    def _(self, _: events.PlanMadeDefault) -> None:
        self.is_default = True

    @apply.register
    def _(self, _: events.PlanNoLongerDefault) -> None:
        self.is_default = False

    @apply.register
    def _(self, event: events.PlanSynced) -> None:
        price = Price(event.price_cents, event.currency, event.interval)
        self.offers.synced(event.gateway, Offer(event.product_ref, event.price_ref, price))

    @apply.register
    def _(self, event: events.PlanSyncFailed) -> None:
        self.offers.failed(event.gateway, event.reason)

    @apply.register
    def _(self, event: events.PlanWithdrawn) -> None:
        self.offers.withdrawn(event.gateway)

    def _unsettle(self, event: DomainEvent) -> None:
        self.revision = event.originator_version
        self.offers.unsettle()
