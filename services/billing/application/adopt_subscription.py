"""A subscription that was made by hand at a gateway becomes a workspace's."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

from gateways.port import SubscriptionSnapshot
from kernel.cause import Cause
from services.billing.application.observe_snapshot import Observations
from services.billing.domain.account.state import Account
from services.billing.domain.errors import SubscriptionLive, SubscriptionOfAnother


@dataclass(frozen=True, slots=True)
class AdoptSubscription:
    observations: Observations

    def __call__(self, workspace: str, gateway: str, ref: str, cause: Cause) -> Account:
        """Raises SubscriptionOfAnother, SubscriptionLive where the workspace pays for another one,
        and PriceUnknown when no plan is known for its price."""
        observations = self.observations
        self._refuse_anothers(workspace, gateway, ref)
        refuse_second(observations.accounts.load(workspace).account, gateway, ref)
        snapshot = observations.gateway(gateway).subscriptions.fetch(ref)
        return self.shown(workspace, snapshot, cause)

    def shown(self, workspace: str, snapshot: SubscriptionSnapshot, cause: Cause) -> Account:
        """The same for one that was fetched. Of two at the same time the second is refused."""
        gateway, ref = snapshot.gateway, snapshot.ref
        self._refuse_anothers(workspace, gateway, ref)
        admit = partial(refuse_second, gateway=gateway, ref=ref)
        return self.observations.observe(workspace, snapshot, cause, admit=admit)

    def _refuse_anothers(self, workspace: str, gateway: str, ref: str) -> None:
        if self.observations.accounts.workspace_of(gateway, ref) not in (None, workspace):
            raise SubscriptionOfAnother(gateway=gateway, subscription=ref)


def refuse_second(account: Account, gateway: str, ref: str) -> None:
    """Raises SubscriptionLive: of two that are observed one would be ended."""
    live = account.live
    if live is not None and not live.is_at(gateway, ref):
        raise SubscriptionLive(plan=live.plan, gateway=live.gateway)
