"""Support's way out of what a gateway does not answer for any more."""

from __future__ import annotations

from dataclasses import dataclass

from gateways.port import SubscriptionSnapshot
from kernel.cause import Cause
from kernel.clock import Clock
from kernel.errors import DomainError
from services.billing.application.observe_snapshot import Observations
from services.billing.domain.account.forget import decide_forget
from services.billing.domain.account.state import Account
from services.billing.domain.account.subscription import ENDED, reference
from services.billing.domain.errors import SubscriptionLive


@dataclass(frozen=True, slots=True)
class ForgetReference:
    observations: Observations
    clock: Clock

    def __call__(
        self, workspace: str, gateway: str, ref: str, reason: str, cause: Cause
    ) -> Account:
        """Raises SubscriptionLive for a subscription that its gateway still charges for: that is
        cancelled. AccountUnknown for what is not this workspace's."""
        account = self.observations.accounts.load(workspace).account
        if reference(gateway, ref) in account.payers:
            shown = self._shown(gateway, ref)
            if shown is not None and shown.status not in ENDED:
                raise SubscriptionLive(gateway=gateway, subscription=ref, status=shown.status)
        at = self.clock()
        return self.observations.accounts.record(
            workspace, lambda account: decide_forget(account, gateway, ref, reason, at), cause
        )

    def _shown(self, gateway: str, ref: str) -> SubscriptionSnapshot | None:
        """None where the gateway does not answer for it."""
        try:
            return self.observations.gateway(gateway).subscriptions.fetch(ref)
        except DomainError:
            return None
