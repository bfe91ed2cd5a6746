"""What its events make of a plan."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import singledispatch

from kernel.decider import Decider
from kernel.events import DomainEvent
from services.billing.domain.plan import events
from services.billing.domain.plan.offers import GatewaySync, Offer, Offers, SyncState
from services.billing.domain.plan.sale import ORDINARY, SaleTerms
from services.billing.domain.terms import Price, Terms, require


def plan_stream(slug: str) -> str:
    return f"plan:{slug}"


def slug_of(stream: str) -> str:
    return stream.removeprefix("plan:")


@dataclass(frozen=True, kw_only=True)
class Plan:
    """Its slug never changes. Exactly one plan is the default; that one is active and free.

    `version` counts its events, `revision` is the version at which name or price last changed: the
    same revision at the same gateway is the same command. `last_paid` is the last price that was
    not free.
    """

    slug: str
    name: str
    price: Price
    last_paid: Price | None
    terms: Terms
    is_active: bool
    is_default: bool
    version: int = 1
    revision: int = 1
    offers: Offers = field(default_factory=Offers)
    sale: SaleTerms = ORDINARY

    def price_in(self, currency: str | None) -> Price:
        """The base price without a currency. Raises ValidationFailed."""
        if currency in (None, self.price.currency):
            return self.price
        cents = self.sale.prices.get(currency or "")
        sold = [self.price.currency, *self.sale.prices]
        require(cents is not None, "currency", f"This plan is sold in {', '.join(sold)}.")
        return replace(self.price, price_cents=cents or 0, currency=currency or "")

    def sync(self, gateway: str) -> GatewaySync:
        return self.offers.at(gateway)

    def sync_state(self, gateway: str) -> SyncState:
        return self.offers.state(gateway, is_free=self.price.is_free)


def evolve(plan: Plan | None, event: DomainEvent) -> Plan:
    if plan is not None:
        return _evolved(event, replace(plan, version=plan.version + 1))
    if not isinstance(event, events.PlanCreated):
        raise TypeError(f"a plan does not begin with {type(event).__name__}")
    return Plan(
        slug=event.slug,
        name=event.name,
        price=event.price,
        last_paid=None if event.price.is_free else event.price,
        terms=event.terms,
        is_active=event.is_active,
        is_default=event.is_default,
    )


PLAN = Decider("billing.Plan", evolve)


@singledispatch
def _evolved(event: DomainEvent, _: Plan) -> Plan:
    raise NotImplementedError(f"a plan does not know {type(event).__name__}")


@_evolved.register
def _(event: events.PlanRenamed, plan: Plan) -> Plan:
    renamed = replace(plan, name=event.name)
    return renamed if plan.price.is_free else _revised(renamed)


@_evolved.register
def _(event: events.PlanRepriced, plan: Plan) -> Plan:
    last_paid = plan.last_paid if event.price.is_free else event.price
    return _revised(replace(plan, price=event.price, last_paid=last_paid))


@_evolved.register
def _(event: events.PlanLimitsChanged, plan: Plan) -> Plan:
    return replace(plan, terms=event.terms)


@_evolved.register
def _(event: events.PlanSaleTermsChanged, plan: Plan) -> Plan:
    return replace(plan, sale=event.sale)


@_evolved.register
def _(_: events.PlanActivated, plan: Plan) -> Plan:
    return replace(plan, is_active=True)


@_evolved.register
def _(_: events.PlanDeactivated, plan: Plan) -> Plan:
    return replace(plan, is_active=False)


@_evolved.register
def _(_: events.PlanMadeDefault, plan: Plan) -> Plan:
    return replace(plan, is_default=True)


@_evolved.register
def _(_: events.PlanNoLongerDefault, plan: Plan) -> Plan:
    return replace(plan, is_default=False)


@_evolved.register
def _(event: events.PlanSynced, plan: Plan) -> Plan:
    price = Price(event.price_cents, event.currency, event.interval)
    offer = Offer(event.product_ref, event.price_ref, price)
    if price.currency != plan.price.currency:
        return replace(plan, offers=plan.offers.also(event.gateway, offer))
    return replace(plan, offers=plan.offers.synced(event.gateway, offer))


@_evolved.register
def _(event: events.PlanPriceAdopted, plan: Plan) -> Plan:
    price = Price(event.price_cents, event.currency, event.interval)
    # Other prices of that product may be another plan's.
    offer = Offer("", event.price_ref, price)
    return replace(plan, offers=plan.offers.adopted(event.gateway, offer))


@_evolved.register
def _(event: events.PlanSyncFailed, plan: Plan) -> Plan:
    return replace(plan, offers=plan.offers.failed(event.gateway, event.reason))


@_evolved.register
def _(event: events.PlanWithdrawn, plan: Plan) -> Plan:
    return replace(plan, offers=plan.offers.withdrawn(event.gateway))


def _revised(plan: Plan) -> Plan:
    """Every gateway is to be asked again."""
    return replace(plan, revision=plan.version, offers=plan.offers.unsettled())
