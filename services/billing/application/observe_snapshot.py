"""The one path by which a gateway's view becomes ours."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

import structlog
from prometheus_client import Counter

from gateways.port import Gateway, GatewayNotConfigured, SubscriptionSnapshot
from kernel.cause import Cause
from kernel.clock import Clock
from runtime.eventstore.store import retry_conflicts
from services.billing.application.accounts import Accounts, Decide, Observed
from services.billing.application.plans import Plans
from services.billing.application.trial_payers import TrialPayers
from services.billing.domain.account.observation import Observation
from services.billing.domain.account.observe import decide_observe
from services.billing.domain.account.state import Account
from services.billing.domain.account.subscription import AgreedPrice
from services.billing.domain.terms import WhilePaused

log = structlog.get_logger()
UNKNOWN_STATUSES = Counter(
    "billing_unknown_statuses_total", "Subscription statuses that nobody here knows.", ["gateway"]
)


@dataclass(frozen=True, slots=True)
class Observations:
    accounts: Accounts
    plans: Plans
    gateways: Mapping[str, Gateway]
    clock: Clock
    trial_payers: TrialPayers | None = None

    def gateway(self, name: str) -> Gateway:
        """Raises GatewayNotConfigured."""
        found = self.gateways.get(name)
        if found is None:
            raise GatewayNotConfigured(gateway=name)
        return found

    def fetch_and_observe(self, workspace: str, gateway: str, ref: str, cause: Cause) -> Account:
        snapshot = self.gateway(gateway).subscriptions.fetch(ref)
        return self.observe(workspace, snapshot, cause)

    @retry_conflicts
    def observe(
        self,
        workspace: str,
        snapshot: SubscriptionSnapshot,
        cause: Cause,
        then: Decide = lambda _: (),
        told_at: datetime | None = None,
        admit: Callable[[Account], None] = lambda _: None,
    ) -> Account:
        """Records what the snapshot shows, and what `then` decides on top of it, in one
        transaction. Snapshots may come twice and in any order. `told_at`: of the notification that
        had us look. `admit` raises where the account is not to have it."""
        if snapshot.status == "unknown":
            UNKNOWN_STATUSES.labels(snapshot.gateway).inc()
            log.warning(
                "subscription_status_unknown", gateway=snapshot.gateway, status=snapshot.raw_status
            )
        loaded = self.accounts.load(workspace)
        observation = self._observation(loaded.account, snapshot, told_at)
        admit(loaded.account)
        latest = loaded.seen.get(observation.key, snapshot.fetched_at)
        observed = loaded.decided(decide_observe(loaded.account, observation, latest))
        decided = observed.decided(then(observed.account))
        if observation.key not in loaded.seen or latest < snapshot.fetched_at or decided.events:
            seen = Observed(observation.key, max(latest, snapshot.fetched_at))
            self.accounts.save(decided, cause, seen)
        if self.trial_payers is None:
            return decided.account
        return self.trial_payers.admit(decided.account, snapshot.payment_method, cause)

    def foresee(self, workspace: str, snapshot: SubscriptionSnapshot) -> Account:
        """The account as it would be; nothing is saved."""
        loaded = self.accounts.load(workspace)
        observation = self._observation(loaded.account, snapshot)
        seen = loaded.seen.get(observation.key)
        return loaded.decided(decide_observe(loaded.account, observation, seen)).account

    def _observation(
        self, account: Account, snapshot: SubscriptionSnapshot, told_at: datetime | None = None
    ) -> Observation:
        agreed = self.plans.sold(snapshot)
        return Observation(
            snapshot=snapshot,
            at=self.clock(),
            capabilities=self.gateway(snapshot.gateway).capabilities,
            agreed=agreed,
            next_plan=self._planned(snapshot),
            told_at=told_at,
            while_paused=self._while_paused(account, snapshot, agreed),
        )

    def _while_paused(
        self, account: Account, snapshot: SubscriptionSnapshot, agreed: AgreedPrice | None
    ) -> WhilePaused:
        current = account.subscription
        known = current is not None and current.is_at(snapshot.gateway, snapshot.ref)
        lived_on = current if known else agreed
        if snapshot.paused is None or lived_on is None:
            return "default_plan"
        return self.plans.get(lived_on.plan).terms.while_paused

    def _planned(self, snapshot: SubscriptionSnapshot) -> str | None:
        planned = snapshot.planned
        known = self.plans.price_at(snapshot.gateway, planned.price_ref) if planned else None
        return known.plan if known is not None else None
