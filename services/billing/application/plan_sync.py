"""Makes every gateway sell what the catalogue says."""

from __future__ import annotations

import itertools
from collections.abc import Collection, Mapping
from concurrent.futures import ThreadPoolExecutor
from functools import partial

from gateways.port import Gateway, GatewayUnavailable
from kernel.cause import Cause
from kernel.clock import Clock
from runtime.eventstore.store import EventStore, retry_conflicts
from runtime.eventstore.stream import Change
from runtime.postgres.database import Cursor
from runtime.process.failed_items import FailedItems
from services.billing.application.plan_lookup import PlanLookup
from services.billing.application.plan_offer import Answer, ask, ask_further
from services.billing.domain.errors import PlanNotFound
from services.billing.domain.plan.offers import Offer
from services.billing.domain.plan.state import PLAN, Plan, plan_stream
from services.billing.domain.terms import Price

CALLS_PER_SWEEP = 25
WORK = "billing.plan_sync"


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
        self._failed = FailedItems(store.database)

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
        stream = self._store.load(PLAN, plan_stream(slug))
        plan = stream.state
        if plan is None:
            raise PlanNotFound(slug=slug)
        answers = self._ask(plan, gateways, again=again)
        at = self._clock()
        decided = [event for answer in answers for event in answer.decide(plan, at)]
        keep = partial(self._keep_prices, slug, answers)
        self._store.append(Change(stream, decided), cause=cause, within=keep)
        return stream.after(decided).state or plan

    @retry_conflicts
    def further(self, slug: str, gateway: str, price: Price, cause: Cause) -> Offer:
        """The plan at a price in another currency than its own: made when it is first asked for.
        Raises what the gateway does."""
        stream = self._store.load(PLAN, plan_stream(slug))
        if stream.state is None:
            raise PlanNotFound(slug=slug)
        answer = ask_further(stream.state, self._gateways[gateway], price)
        decided = answer.decide(stream.state, self._clock())
        keep = partial(self._keep_prices, slug, [answer])
        self._store.append(Change(stream, decided), cause=cause, within=keep)
        return answer.offer or stream.state.offers.further[gateway, price.currency]

    def sweep(self, cause: Cause) -> int:
        """Retries what is failed or pending, longest untried first: at most `CALLS_PER_SWEEP`
        calls a gateway, and none more in this run to one that does not answer. Returns how many
        plans it tried."""
        budget = dict.fromkeys(self._gateways, CALLS_PER_SWEEP)
        tried: list[str] = []
        for slug in self._lookup.longest_unattempted():
            retry = partial(self._retry, slug, cause, budget, tried)
            self._failed.attempt(WORK, slug, retry)
        return len(tried)

    def _retry(self, slug: str, cause: Cause, budget: dict[str, int], tried: list[str]) -> bool:
        plan = self._store.load(PLAN, plan_stream(slug)).state
        due = [name for name in budget if budget[name] > 0 and plan and is_due(plan, name)]
        if not due:
            return False
        self._lookup.mark_attempted(slug)
        tried.append(slug)
        synced = self.sync(slug, cause, due)
        for name in due:
            budget[name] = 0 if _is_unreachable(synced, name) else budget[name] - 1
        return True

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
            return list(pool.map(partial(ask, plan, again=again), chosen))

    def _keep_prices(self, slug: str, answers: Collection[Answer], cursor: Cursor) -> None:
        for answer in answers:
            if answer.offer is not None:
                self._lookup.record_price(cursor, answer.gateway, answer.offer.price_ref, slug)


def is_due(plan: Plan, gateway: str) -> bool:
    return plan.sync_state(gateway) in ("pending", "failed")


def _is_unreachable(plan: Plan, gateway: str) -> bool:
    reason = plan.sync(gateway).reason or ""
    return reason.startswith(f"{GatewayUnavailable.code}:")
