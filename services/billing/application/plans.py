"""The plan catalogue: one method per use case."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace

import structlog

from gateways.port import Gateway, GatewayNotConfigured
from kernel.cause import SWEEP, Cause
from kernel.clock import Clock
from kernel.errors import Conflict, SlugTaken
from kernel.ids import is_slug
from runtime.eventstore.store import EventStore, retry_conflicts
from services.billing.application.plan_change import PlanChange, apply_change
from services.billing.application.plan_lookup import PlanLookup
from services.billing.application.plan_sync import PlanSync
from services.billing.application.seeds import SEEDS
from services.billing.domain.draft import PlanDraft
from services.billing.domain.errors import (
    DefaultPlanRequired,
    PlanLocalOnly,
    PlanNotFound,
    PlanNotSynced,
)
from services.billing.domain.plan import Plan, stream_of

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

    def create_plan(self, draft: PlanDraft, cause: Cause) -> Plan:
        return self._sync_pending(self._create(draft, cause), cause)

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
        for draft in SEEDS:
            if draft.slug in known:
                continue
            is_default = draft.is_default and self.default_slug() is None
            # Another process may be seeding at this moment.
            with suppress(SlugTaken):
                self.create_plan(replace(draft, is_default=is_default), cause)
                created.append(draft.slug)
        return created

    def get(self, slug: str) -> Plan:
        plan = self._store.find(Plan, stream_of(slug)) if is_slug(slug) else None
        if plan is None:
            raise PlanNotFound
        return plan

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

    def plan_of_price(self, gateway: str, price_ref: str) -> str | None:
        """The slug of the plan that has, or once had, this price there."""
        return self._lookup.of_price(gateway, price_ref)

    @retry_conflicts
    def _create(self, draft: PlanDraft, cause: Cause) -> Plan:
        if self._store.find(Plan, stream_of(draft.slug)) is not None:
            raise SlugTaken(slug=draft.slug)
        former, at = self._default(), self._clock()
        plan = Plan.create(replace(draft, is_default=draft.is_default and former is None), at)
        if draft.is_default:
            plan.make_default(former, at)
        return self._save(plan, former, cause)

    @retry_conflicts
    def _change(self, slug: str, change: PlanChange, cause: Cause) -> Plan:
        plan, at = self.get(slug), self._clock()
        apply_change(plan, change, at)
        former = self._default() if change.get("is_default") and not plan.is_default else None
        if change.get("is_default"):
            plan.make_default(former, at)
        elif "is_default" in change and plan.is_default:
            raise DefaultPlanRequired
        return self._save(plan, former, cause)

    def _save(self, plan: Plan, former: Plan | None, cause: Cause) -> Plan:
        touched = [plan, former] if former is not None else [plan]
        self._store.save(
            *touched, cause=cause, within=lambda cursor: self._lookup.record(cursor, *touched)
        )
        return plan

    def _default(self) -> Plan | None:
        slug = self.default_slug()
        return self.get(slug) if slug is not None else None

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
