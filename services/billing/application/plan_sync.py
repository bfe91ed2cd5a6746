"""Makes every gateway sell what the catalogue says."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Collection, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from functools import partial

import structlog

from gateways.port import Gateway, GatewayRejected, GatewayUnavailable, PlanRef, PlanSpec
from kernel.cause import Cause
from kernel.clock import Clock
from kernel.errors import DomainError
from runtime.database import Cursor
from runtime.event_store import EventStore, retry_conflicts
from services.billing.application.plan_lookup import PlanLookup
from services.billing.domain.errors import PlanNotFound
from services.billing.domain.offers import Offer
from services.billing.domain.plan import Plan, stream_of
from services.billing.domain.terms import Price

log = structlog.get_logger()
CALLS_PER_SWEEP = 25

Record = Callable[[Plan, datetime], None]


@dataclass(frozen=True, slots=True)
class Answer:
    """What to record of one gateway; `offer` is what it sells now."""

    gateway: str
    record: Record
    offer: Offer | None = None


class PlanSync:
    def __init__(
        self,
        store: EventStore,
        lookup: PlanLookup,
        gateways: Mapping[str, Gateway],
        clock: Clock,
    ) -> None:
        self._store = store
        self._lookup = lookup
        self._gateways = gateways
        self._clock = clock

    def sync(self, slug: str, cause: Cause, gateways: Collection[str] | None = None) -> Plan:
        """Asks all gateways at once (or those named), then records their answers together.

        Never raises because of a gateway. When the plan was changed meanwhile, the gateways are
        asked again with what it is now, even if somebody else has synced it: the last word at the
        gateway must be the catalogue's.
        """
        asked = itertools.count()

        @retry_conflicts
        def attempt() -> Plan:
            return self._sync(slug, cause, gateways, again=next(asked) > 0)

        return attempt()

    def _sync(
        self, slug: str, cause: Cause, gateways: Collection[str] | None, *, again: bool
    ) -> Plan:
        plan = self._store.find(Plan, stream_of(slug))
        if plan is None:
            raise PlanNotFound(slug=slug)
        answers = self._ask(plan, gateways, again=again)
        at = self._clock()
        for answer in answers:
            answer.record(plan, at)
        self._store.save(plan, cause=cause, within=partial(self._keep_prices, slug, answers))
        return plan

    def sweep(self, cause: Cause) -> int:
        """Retries what is failed or pending, longest untried first: at most `CALLS_PER_SWEEP`
        calls a gateway, and none more in this run to one that does not answer. Returns how many
        plans it tried."""
        budget = dict.fromkeys(self._gateways, CALLS_PER_SWEEP)
        tried = 0
        for slug in self._lookup.longest_unattempted():
            plan = self._store.find(Plan, stream_of(slug))
            due = [name for name in budget if budget[name] > 0 and plan and is_due(plan, name)]
            if not due:
                continue
            self._lookup.mark_attempted(slug)
            synced = self.sync(slug, cause, due)
            tried += 1
            for name in due:
                budget[name] = 0 if _is_unreachable(synced, name) else budget[name] - 1
        return tried

    def _ask(self, plan: Plan, names: Collection[str] | None, *, again: bool) -> list[Answer]:
        """A free plan concerns only who sells it still, or, `again`, who may just have begun to."""
        chosen = [
            gateway
            for name, gateway in self._gateways.items()
            if (names is None or name in names)
            and (again or not plan.price.is_free or is_due(plan, name))
        ]
        if not chosen:
            return []
        with ThreadPoolExecutor(len(chosen), thread_name_prefix="plan-sync") as pool:
            return list(pool.map(partial(_answer, plan), chosen))

    def _keep_prices(self, slug: str, answers: Collection[Answer], cursor: Cursor) -> None:
        for answer in answers:
            if answer.offer is not None:
                self._lookup.record_price(cursor, answer.gateway, answer.offer.price_ref, slug)


def is_due(plan: Plan, gateway: str) -> bool:
    return plan.sync_state(gateway) in ("pending", "failed")


def spec_of(plan: Plan, price: Price | None = None) -> PlanSpec:
    """The plan as a gateway is to sell it; `price` instead of the catalogue's present one."""
    chosen = price or plan.price
    return PlanSpec(plan.slug, plan.name, chosen.money, chosen.interval)


def _is_unreachable(plan: Plan, gateway: str) -> bool:
    reason = plan.sync(gateway).reason or ""
    return reason.startswith(f"{GatewayUnavailable.code}:")


def _answer(plan: Plan, gateway: Gateway) -> Answer:
    """A failure is an answer too, also one that the adapter did not foresee."""
    work = _withdraw if plan.price.is_free else _ensure
    try:
        return work(plan, gateway)
    except DomainError as error:
        reason = f"{error.code}: {error.text}"
    except Exception as error:
        log.exception("plan_sync_crashed", plan=plan.slug, gateway=gateway.name)
        reason = f"internal_error: {type(error).__name__}"
    return _failed(gateway, reason)


def _ensure(plan: Plan, gateway: Gateway) -> Answer:
    ref = gateway.ensure_plan(_command(plan, gateway), spec_of(plan), _current(plan, gateway))
    if ref.amount != plan.price.money:
        return _failed(gateway, f"price_mismatch: it sells at {ref.amount}")
    offer = Offer(ref.product, ref.price, plan.price)
    return Answer(
        gateway.name,
        lambda plan, at: plan.record_synced(gateway.name, offer, ref.archived_price, at),
        offer,
    )


def _withdraw(plan: Plan, gateway: Gateway) -> Answer:
    ref = _sold(plan, gateway)
    if ref is not None:
        gateway.archive_plan(_command(plan, gateway), ref)
    archived = ref.price if ref is not None else None
    return Answer(gateway.name, lambda plan, at: plan.record_withdrawn(gateway.name, archived, at))


def _sold(plan: Plan, gateway: Gateway) -> PlanRef | None:
    """What the gateway sells. An earlier attempt may have changed that and its answer been lost,
    so the last price is ensured, which leaves that one only, before it is archived."""
    current = _current(plan, gateway)
    if plan.last_paid is None:
        return current
    try:
        command = f"{_command(plan, gateway)}:last"
        return gateway.ensure_plan(command, spec_of(plan, plan.last_paid), current)
    except GatewayRejected:
        return current


def _current(plan: Plan, gateway: Gateway) -> PlanRef | None:
    offer = plan.sync(gateway.name).offer
    return PlanRef(offer.product_ref, offer.price_ref, offer.price.money) if offer else None


def _command(plan: Plan, gateway: Gateway) -> str:
    return f"plan:{plan.slug}:{plan.revision}:{gateway.name}"


def _failed(gateway: Gateway, reason: str) -> Answer:
    return Answer(gateway.name, lambda plan, at: plan.record_sync_failed(gateway.name, reason, at))
