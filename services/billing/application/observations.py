"""The one path by which a gateway's view becomes ours."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import structlog
from prometheus_client import Counter

from gateways.port import Gateway, GatewayNotConfigured, SubscriptionSnapshot
from kernel.cause import Cause
from kernel.clock import Clock
from runtime.eventstore.store import retry_conflicts
from services.billing.application.accounts import Accounts, Observed
from services.billing.application.plans import Plans
from services.billing.domain.account import Account
from services.billing.domain.subscription import Deal, Sight

log = structlog.get_logger()
UNKNOWN_STATUSES = Counter(
    "billing_unknown_statuses_total", "Subscription statuses that nobody here knows.", ["gateway"]
)
Then = Callable[[Account], object]


class Observations:
    def __init__(
        self, accounts: Accounts, plans: Plans, gateways: Mapping[str, Gateway], clock: Clock
    ) -> None:
        self.accounts = accounts
        self._plans = plans
        self._gateways = gateways
        self._clock = clock

    def gateway(self, name: str) -> Gateway:
        """Raises GatewayNotConfigured."""
        found = self._gateways.get(name)
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
        then: Then | None = None,
    ) -> Account:
        """Records what the snapshot shows, and what `then` decides on top of it, in one
        transaction. Snapshots may come twice and in any order."""
        if snapshot.status == "unknown":
            UNKNOWN_STATUSES.labels(snapshot.gateway).inc()
            log.warning(
                "subscription_status_unknown", gateway=snapshot.gateway, status=snapshot.raw_status
            )
        loaded = self.accounts.load(workspace)
        sight = self._sight(snapshot)
        latest = loaded.seen.get(sight.key, snapshot.fetched_at)
        loaded.account.observe(sight, latest)
        if then is not None:
            then(loaded.account)
        if sight.key not in loaded.seen or latest < snapshot.fetched_at or loaded.has_news:
            observed = Observed(sight.key, max(latest, snapshot.fetched_at))
            self.accounts.save(loaded, cause, observed)
        return loaded.account

    def foresee(self, workspace: str, snapshot: SubscriptionSnapshot) -> Account:
        """The account as it would be; nothing is saved."""
        loaded, sight = self.accounts.load(workspace), self._sight(snapshot)
        loaded.account.observe(sight, loaded.seen.get(sight.key))
        return loaded.account

    @retry_conflicts
    def record(self, workspace: str, decide: Then, cause: Cause) -> Account:
        """A decision without a snapshot. `decide` may run again on fresher state."""
        loaded = self.accounts.load(workspace)
        decide(loaded.account)
        self.accounts.save(loaded, cause)
        return loaded.account

    def _sight(self, snapshot: SubscriptionSnapshot) -> Sight:
        return Sight(
            snapshot=snapshot,
            at=self._clock(),
            rules=self.gateway(snapshot.gateway).capabilities,
            deal=self._catalogue_deal(snapshot),
        )

    def _catalogue_deal(self, snapshot: SubscriptionSnapshot) -> Deal | None:
        slug = self._plans.plan_of_price(snapshot.gateway, snapshot.price_ref)
        if slug is None:
            return None
        offer = self._plans.get(slug).offers.ever(snapshot.gateway).get(snapshot.price_ref)
        if offer is None:
            return None
        return Deal(plan=slug, price=offer.price, price_ref=snapshot.price_ref)
