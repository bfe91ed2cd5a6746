"""What a business has at its gateway, and what of it fits. Nothing is changed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from gateways.port import Gateway, PriceRecord, SubscriptionSnapshot
from services.billing.application.observe_snapshot import Observations
from services.billing.domain.account.subscription import ENDED
from services.billing.domain.cutover.judgement import (
    SETTLED,
    Judged,
    KnownPrice,
    Standing,
    judge,
    without_rivals,
)
from services.billing.domain.cutover.proposal import Proposal, plan_for, propose
from services.billing.domain.errors import PlanNotFound
from services.billing.domain.plan.state import Plan


@dataclass(frozen=True, kw_only=True)
class Assignments:
    """What people decided: workspaces by subscription or by customer, of which the former wins, and
    plans by price. `metadata` are the names under which customers' metadata hold a workspace."""

    subscriptions: Mapping[str, str] = field(default_factory=dict)
    customers: Mapping[str, str] = field(default_factory=dict)
    prices: Mapping[str, str] = field(default_factory=dict)
    metadata: Sequence[str] = ("workspace_id",)


@dataclass(frozen=True, kw_only=True)
class Found:
    """`matched`: plans by the prices that stand for them."""

    gateway: str
    judged: Sequence[Judged]
    matched: Mapping[str, str]
    prices: Mapping[str, PriceRecord]
    proposals: Sequence[Proposal]

    @property
    def counts(self) -> Counter[str]:
        return Counter(each.verdict for each in self.judged)

    @property
    def notes(self) -> Counter[str]:
        return Counter(note for each in self.judged for note in each.notes)

    @property
    def left_to_people(self) -> list[Judged]:
        return [each for each in self.judged if each.verdict not in SETTLED]


@dataclass(frozen=True, slots=True)
class Survey:
    observations: Observations

    def __call__(self, gateway: Gateway, given: Assignments) -> Found:
        """Raises PlanNotFound for a plan that was assigned and is none."""
        plans = self.observations.plans
        catalogue = [plans.get(slug) for slug in plans.slugs()]
        if unknown := set(given.prices.values()) - {each.slug for each in catalogue}:
            raise PlanNotFound(slug=min(unknown))
        snapshots = list(gateway.subscriptions.list_all())
        prices = _prices(gateway, snapshots)
        matched = self._matched(gateway.name, prices, given, catalogue)
        known = {ref: KnownPrice(plan, prices[ref].interval) for ref, plan in matched.items()}
        named = _customers(gateway, given)
        judged = [self._judged(each, _owner(each, given, named), known) for each in snapshots]
        return Found(
            gateway=gateway.name,
            judged=without_rivals(judged),
            matched=matched,
            prices=prices,
            proposals=[
                propose(price, catalogue) for ref, price in prices.items() if ref not in matched
            ],
        )

    def _judged(
        self, snapshot: SubscriptionSnapshot, workspace: str, known: Mapping[str, KnownPrice]
    ) -> Judged:
        accounts = self.observations.accounts
        owner = accounts.workspace_of(snapshot.gateway, snapshot.ref)
        account = accounts.find(workspace) if workspace and owner is None else None
        live = account.live if account is not None else None
        return judge(snapshot, workspace, known, Standing(owner, live.key if live else ""))

    def _matched(
        self,
        gateway: str,
        prices: Mapping[str, PriceRecord],
        given: Assignments,
        catalogue: Sequence[Plan],
    ) -> dict[str, str]:
        """By people's word, as known before, or as like as two can be."""
        matched: dict[str, str] = {}
        for ref, price in prices.items():
            known = self.observations.plans.price_at(gateway, ref)
            plan = known.plan if known else given.prices.get(ref) or plan_for(price, catalogue)
            if plan:
                matched[ref] = plan
        return matched


def _prices(gateway: Gateway, snapshots: Sequence[SubscriptionSnapshot]) -> dict[str, PriceRecord]:
    """What living subscriptions pay, each fetched once."""
    living = (each for each in snapshots if each.status not in ENDED)
    refs = dict.fromkeys(item.price_ref for each in living for item in each.items)
    return {ref: gateway.holdings.price(ref) for ref in refs}


def _customers(gateway: Gateway, given: Assignments) -> dict[str, str]:
    """Workspaces by customer, as their metadata say."""
    named: dict[str, str] = {}
    for customer in gateway.holdings.customers():
        written = (customer.metadata.get(name, "") for name in given.metadata)
        if workspace := next(filter(None, written), ""):
            named[customer.ref] = workspace
    return named


def _owner(snapshot: SubscriptionSnapshot, given: Assignments, named: Mapping[str, str]) -> str:
    """Empty where nobody was named. What people decided comes first, then the most specific."""
    customer = snapshot.customer or ""
    return (
        given.subscriptions.get(snapshot.ref)
        or given.customers.get(customer)
        or snapshot.workspace_id
        or named.get(customer, "")
    )
