"""The plan catalogue: one method per use case."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import datetime
from functools import partial

import structlog

from gateways.port import Gateway, GatewayNotConfigured, SubscriptionSnapshot
from kernel.cause import SWEEP, Cause
from kernel.clock import Clock
from kernel.errors import Conflict, SlugTaken
from kernel.events import DomainEvent
from kernel.ids import is_slug
from runtime.eventstore.store import EventStore, retry_conflicts
from runtime.eventstore.stream import Change, Stream
from services.billing.application.plan_lookup import PlanLookup
from services.billing.application.plan_sync import PlanSync
from services.billing.application.seeds import SEEDS
from services.billing.domain.account.observation import unit_price
from services.billing.domain.account.subscription import AgreedPrice
from services.billing.domain.errors import (
    DefaultPlanRequired,
    PlanInactive,
    PlanLocalOnly,
    PlanNotFound,
    PlanNotSynced,
    PlanOnRequest,
)
from services.billing.domain.plan.adopt_price import decide_adopt_price
from services.billing.domain.plan.change import PlanChange, decide_change
from services.billing.domain.plan.create import PlanDefinition, decide_create
from services.billing.domain.plan.make_default import decide_make_default, decide_no_longer_default
from services.billing.domain.plan.offers import Offer
from services.billing.domain.plan.state import PLAN, Plan, plan_stream

log = structlog.get_logger()


class Plans:
    """A save never fails because of a gateway: it is asked afterwards, and the plan's sync state
    says how that went."""

    def __init__(self, store: EventStore, gateways: Mapping[str, Gateway], clock: Clock) -> None:
        self._store = store
        self._gateways = gateways
        self._clock = clock
        self._lookup = PlanLookup(store.database)
        self._sync = PlanSync(store, self._lookup, gateways, clock)

    @property
    def gateways(self) -> Mapping[str, Gateway]:
        return self._gateways

    def create_plan(self, definition: PlanDefinition, cause: Cause) -> Plan:
        return self._sync_pending(self._create(definition, cause), cause)

    def change_plan(self, slug: str, change: PlanChange, cause: Cause) -> Plan:
        """All of it or nothing."""
        return self._sync_pending(self._change(slug, change, cause), cause)

    def sync_plan(self, slug: str, cause: Cause) -> Plan:
        """Asks every gateway, also those that are synced; changes nothing where all is well."""
        return self._sync.sync(self.get(slug).slug, cause)

    def sync_failed(self, cause: Cause = SWEEP) -> int:
        """For the sweep: retries failed and pending plans. Returns how many it tried."""
        return self._sync.sweep(cause)

    def seed(self, cause: Cause) -> list[str]:
        """Creates the seeded plans that are missing and returns their slugs. Existing ones, and an
        existing default, are left as they are."""
        known, created = set(self.slugs()), []
        for seed in SEEDS:
            if seed.slug in known:
                continue
            is_default = seed.is_default and self.default_slug() is None
            # Another process may be seeding at this moment.
            with suppress(SlugTaken):
                self.create_plan(replace(seed, is_default=is_default), cause)
                created.append(seed.slug)
        return created

    def get(self, slug: str) -> Plan:
        return plan_of(self._existing(slug))

    def slugs(self) -> list[str]:
        return self._lookup.slugs()

    def default_slug(self) -> str | None:
        """None until the catalogue is seeded."""
        return self._lookup.default()

    def price_ref(self, slug: str, gateway: str, cause: Cause) -> str:
        """The gateway's reference of the present price, synced now if it is not yet. Raises
        PlanLocalOnly, GatewayNotConfigured, or PlanNotSynced with the reason."""
        plan = self.get(slug)
        if plan.price.is_free:
            raise PlanLocalOnly(slug=slug)
        if gateway not in self._gateways:
            raise GatewayNotConfigured(gateway=gateway)
        if plan.sync_state(gateway) != "synced":
            plan = self._sync.sync(slug, cause, [gateway])
        known = plan.sync(gateway)
        if known.offer is None or not known.settled:
            raise PlanNotSynced(slug=slug, gateway=gateway, reason=known.reason)
        return known.offer.price_ref

    def agreed_price(
        self, slug: str, gateway: str, cause: Cause, currency: str | None = None
    ) -> AgreedPrice:
        """The plan at its present price, sold by the gateway; in its own currency without one.
        Raises PlanNotFound, PlanInactive, PlanOnRequest, PlanLocalOnly, GatewayNotConfigured,
        PlanNotSynced, or ValidationFailed for a currency that it has no price in."""
        plan = self.get(slug)
        price = plan.price_in(currency)
        if not plan.is_active:
            raise PlanInactive(slug=slug)
        if plan.terms.contact_us:
            raise PlanOnRequest(slug=slug)
        price_ref = self.price_ref(slug, gateway, cause)
        if price.currency != plan.price.currency:
            offer = self._sync.further(slug, gateway, price, cause)
            return AgreedPrice(plan=slug, price=price, price_ref=offer.price_ref)
        offer = self.get(slug).offers.ever(gateway)[price_ref]
        return AgreedPrice(plan=slug, price=offer.price, price_ref=price_ref)

    def sold(self, snapshot: SubscriptionSnapshot) -> AgreedPrice | None:
        """What it pays, as the catalogue knows it: by its price, or, where that was agreed by
        hand, by its product."""
        known = self.price_at(snapshot.gateway, snapshot.price_ref)
        plan = self._of_product(snapshot) if known is None else None
        if plan is None:
            return known
        price = unit_price(snapshot) or plan.price
        return AgreedPrice(plan=plan.slug, price=price, price_ref=snapshot.price_ref)

    def price_at(self, gateway: str, price_ref: str) -> AgreedPrice | None:
        """Of the plan that has, or once had, this price there."""
        slug = self._lookup.of_price(gateway, price_ref)
        offer = self.get(slug).offers.ever(gateway).get(price_ref) if slug is not None else None
        if slug is None or offer is None:
            return None
        return AgreedPrice(plan=slug, price=offer.price, price_ref=price_ref)

    @retry_conflicts
    def adopt_price(self, slug: str, gateway: str, offer: Offer, cause: Cause) -> Plan:
        """Who pays it lives on the plan from now on. Raises PlanNotFound, PlanLocalOnly, and
        PriceOfAnother where it is another plan's."""
        stream = self._existing(slug)
        decided = decide_adopt_price(plan_of(stream), gateway, offer, self._clock())

        keep = partial(self._lookup.claim_price, gateway, offer.price_ref, slug)
        if decided:
            self._store.append(Change(stream, decided), cause=cause, within=keep)
        return plan_of(stream.after(decided))

    def _of_product(self, snapshot: SubscriptionSnapshot) -> Plan | None:
        products = {
            each.product_ref
            for each in snapshot.items
            if each.price_ref == snapshot.price_ref and each.product_ref
        }
        for plan in map(self.get, self.slugs() if products else []):
            offers = plan.offers.ever(snapshot.gateway).values()
            if products & {each.product_ref for each in offers}:
                return plan
        return None

    @retry_conflicts
    def _create(self, definition: PlanDefinition, cause: Cause) -> Plan:
        stream, at = self._stream(definition.slug), self._clock()
        if stream.state is not None:
            raise SlugTaken(slug=definition.slug)
        is_first = definition.is_default and self.default_slug() is None
        created = decide_create(replace(definition, is_default=is_first), at)
        return self._save(stream, created, at, cause, is_default=definition.is_default)

    @retry_conflicts
    def _change(self, slug: str, change: PlanChange, cause: Cause) -> Plan:
        stream, at = self._existing(slug), self._clock()
        plan = plan_of(stream)
        changed = decide_change(plan, change, at)
        if change.get("is_default") is False and plan.is_default:
            raise DefaultPlanRequired
        is_default = change.get("is_default", False)
        return self._save(stream, changed, at, cause, is_default=is_default)

    def _save(
        self,
        stream: Stream[Plan],
        decided: Sequence[DomainEvent],
        at: datetime,
        cause: Cause,
        *,
        is_default: bool,
    ) -> Plan:
        """`is_default`: it is to take the place of the default plan, in the same transaction."""
        changes = [Change(stream, decided)]
        if is_default:
            changes = self._made_default(stream, decided, at)
        plans = [plan_of(change.stream.after(change.events)) for change in changes]
        self._store.append(
            *changes, cause=cause, within=lambda cursor: self._lookup.record(cursor, *plans)
        )
        return plans[0]

    def _made_default(
        self, stream: Stream[Plan], decided: Sequence[DomainEvent], at: datetime
    ) -> list[Change]:
        plan, former = plan_of(stream.after(decided)), self.default_slug()
        made = decide_make_default(plan, former, at)
        change = Change(stream, [*decided, *made])
        if former is None or not made:
            return [change]
        return [change, Change(self._stream(former), decide_no_longer_default(plan.slug, at))]

    def _existing(self, slug: str) -> Stream[Plan]:
        if not is_slug(slug):
            raise PlanNotFound
        return self._stream(slug)

    def _stream(self, slug: str) -> Stream[Plan]:
        return self._store.load(PLAN, plan_stream(slug))

    def _sync_pending(self, plan: Plan, cause: Cause) -> Plan:
        """The save stands, also when others keep changing the plan: the sweep syncs it then."""
        pending = [name for name in self._gateways if plan.sync_state(name) == "pending"]
        if not pending:
            return plan
        try:
            return self._sync.sync(plan.slug, cause, pending)
        except Conflict:
            log.warning("plan_sync_put_off", plan=plan.slug)
            return self.get(plan.slug)


def plan_of(stream: Stream[Plan]) -> Plan:
    """Raises PlanNotFound."""
    if stream.state is None:
        raise PlanNotFound
    return stream.state
