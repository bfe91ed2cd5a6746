"""A subscription is changed in three steps: an intent, a call with its id, and the outcome."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from gateways.port import Gateway
from kernel.cause import Cause
from kernel.clock import Clock
from kernel.money import Money
from services.billing.application.accounts import Accounts, Decide
from services.billing.application.observe_snapshot import Observations
from services.billing.application.perform_change import Elsewhere, PerformChange
from services.billing.domain.account.state import Account
from services.billing.domain.errors import NotSubscribed


@dataclass(frozen=True, slots=True)
class Forecast:
    """What a command would do. `proration` is what the next invoice would add, where the gateway
    can tell, `amount` what an interval costs from `effective_at` on; `changed` is false where
    everything would stay as it is."""

    action: str
    in_place: bool
    effective_at: datetime | None
    proration: Money | None = None
    changed: bool = True
    amount: Money | None = None


@dataclass(frozen=True, slots=True)
class ChangeSubscription:
    observations: Observations
    perform_change: PerformChange
    clock: Clock

    def __call__(self, workspace: str, decide: Decide, cause: Cause) -> Account | Elsewhere:
        """Raises NotSubscribed for a workspace that was never heard of."""
        self.accounts.get(workspace)
        account = self.accounts.record(workspace, decide, cause)
        if account.change is None:
            return account
        return self.perform_change(workspace, account.change, cause)

    @property
    def accounts(self) -> Accounts:
        return self.observations.accounts

    @property
    def gateways(self) -> Mapping[str, Gateway]:
        return self.observations.gateways

    def charged(self, workspace: str) -> Money:
        """What an interval costs now. Raises NotSubscribed."""
        live = self.accounts.get(workspace).require_live()
        return Money(live.charged_cents, live.price.currency)

    def gateway_of(self, account: Account) -> Gateway:
        """Of the subscription, whether it has ended or not. Raises NotSubscribed."""
        name = account.subscription.gateway if account.subscription is not None else None
        if name is None:
            raise NotSubscribed(workspace=account.workspace)
        return self.observations.gateway(name)
