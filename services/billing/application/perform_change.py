"""A change whose intent is recorded is asked of the gateway, and what came of it is recorded."""

from __future__ import annotations

from dataclasses import dataclass

from gateways.port import (
    CapabilityNotSupported,
    Gateway,
    GatewayRejected,
    NeedsCheckout,
    ReferenceNotFound,
    Swapped,
)
from kernel.cause import Cause
from kernel.clock import Clock
from services.billing.application.observe_snapshot import Observations
from services.billing.domain.account.confirm_change import (
    decide_confirm_change,
    decide_refuse_change,
)
from services.billing.domain.account.events import ChangeRequested
from services.billing.domain.account.state import Account

REFUSALS = (GatewayRejected, CapabilityNotSupported, ReferenceNotFound)


@dataclass(frozen=True, slots=True)
class PerformChange:
    observations: Observations
    clock: Clock

    def __call__(
        self, workspace: str, change: ChangeRequested, cause: Cause
    ) -> Account | NeedsCheckout:
        """A refusal is recorded and raised; while the end is unknown the intent stands."""
        gateway, command = self.observations.gateway(change.gateway), change.command_id
        try:
            outcome = _ask(gateway, change)
        except REFUSALS as refusal:
            self._refuse(workspace, command, f"{refusal.code}: {refusal.text}", cause)
            raise
        if isinstance(outcome, NeedsCheckout):
            self._refuse(workspace, command, "needs_checkout", cause)
            return outcome
        effective_at = outcome.effective_at if outcome is not None else None
        at, capabilities = self.clock(), gateway.capabilities
        return self.observations.observe(
            workspace,
            gateway.subscriptions.fetch(change.subscription_ref),
            cause,
            lambda account: decide_confirm_change(account, command, capabilities, effective_at, at),
        )

    def _refuse(self, workspace: str, command: str, reason: str, cause: Cause) -> None:
        at = self.clock()
        self.observations.accounts.record(
            workspace, lambda account: decide_refuse_change(account, command, reason, at), cause
        )


def _ask(gateway: Gateway, change: ChangeRequested) -> Swapped | NeedsCheckout | None:
    command, ref = change.command_id, change.subscription_ref
    if change.kind == "cancel":
        gateway.subscriptions.cancel(command, ref, at_period_end=change.at_period_end)
    elif change.kind == "resume":
        gateway.subscriptions.resume(command, ref)
    elif change.deal is not None:
        return gateway.subscriptions.swap(
            command, ref, change.deal.price_ref, change.timing or "prorate"
        )
    return None
