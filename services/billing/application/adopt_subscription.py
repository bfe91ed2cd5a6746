"""A subscription that was made by hand at a gateway becomes a workspace's."""

from __future__ import annotations

from dataclasses import dataclass

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
        accounts = self.observations.accounts
        if accounts.workspace_of(gateway, ref) not in (None, workspace):
            raise SubscriptionOfAnother(gateway=gateway, subscription=ref)
        live = accounts.load(workspace).account.live
        if live is not None and not live.is_at(gateway, ref):
            raise SubscriptionLive(plan=live.plan, gateway=live.gateway)
        return self.observations.fetch_and_observe(workspace, gateway, ref, cause)
