"""A change whose intent is recorded is asked of the gateway, and what came of it is recorded."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from gateways.port import (
    ActionRequired,
    Adjustments,
    CapabilityNotSupported,
    ChangedByHand,
    CurrencyMismatch,
    Declined,
    Gateway,
    GatewayRejected,
    GatewayUnavailable,
    NeedsCheckout,
    ReferenceNotFound,
    SwapOutcome,
    Swapped,
)
from kernel.cause import Cause
from kernel.clock import Clock
from kernel.errors import CardDeclined
from services.billing.application.observe_snapshot import Observations
from services.billing.domain.account.confirm_change import (
    Acceptance,
    decide_confirm_change,
    decide_refuse_change,
    is_applied,
    is_overtaken,
)
from services.billing.domain.account.events import ChangeRequested
from services.billing.domain.account.state import Account
from services.billing.domain.errors import ChangeNotApplied, ChangeOvertaken

REFUSALS = (
    GatewayRejected,
    CapabilityNotSupported,
    ReferenceNotFound,
    ChangedByHand,
    CurrencyMismatch,
    CardDeclined,
)
Elsewhere = NeedsCheckout | ActionRequired


@dataclass(frozen=True, slots=True)
class PerformChange:
    observations: Observations
    clock: Clock

    def __call__(
        self, workspace: str, change: ChangeRequested, cause: Cause
    ) -> Account | Elsewhere:
        """A refusal is recorded and raised; while the end is unknown the intent stands. What the
        customer has to do elsewhere first ends the intent, too: the subscription shows it then.
        Raises ChangeNotApplied; ChangeOvertaken or NotSubscribed when the subscription is not what
        it was taken for any more."""
        gateway, command = self.observations.gateway(change.gateway), change.command_id
        before = self.observations.accounts.load(workspace).account
        try:
            outcome = _ask(gateway, change)
        except REFUSALS as refusal:
            self._refuse(workspace, command, f"{refusal.code}: {refusal.text}", cause)
            if isinstance(refusal, GatewayRejected):
                self._look_again(before, change, cause)
            raise
        if isinstance(outcome, NeedsCheckout | ActionRequired):
            self._refuse(workspace, command, _word(outcome), cause)
            return outcome
        effective_at = outcome.effective_at if outcome is not None else None
        return self._confirm(before, change, effective_at, cause)

    def _confirm(
        self, before: Account, change: ChangeRequested, effective_at: datetime | None, cause: Cause
    ) -> Account:
        gateway = self.observations.gateway(change.gateway)
        acceptance = Acceptance(
            change=change,
            capabilities=gateway.capabilities,
            at=self.clock(),
            effective_at=effective_at,
        )
        account = self.observations.observe(
            before.workspace,
            gateway.subscriptions.fetch(change.subscription_ref),
            cause,
            lambda account: decide_confirm_change(account, acceptance),
        )
        if is_applied(account, acceptance):
            return account
        if is_overtaken(before, account):
            raise ChangeOvertaken(kind=change.kind)
        raise ChangeNotApplied(kind=change.kind)

    def _look_again(self, before: Account, change: ChangeRequested, cause: Cause) -> None:
        """Perhaps it ended, or was changed, and nobody told."""
        ref = change.subscription_ref
        try:
            after = self.observations.fetch_and_observe(
                before.workspace, change.gateway, ref, cause
            )
        except (GatewayUnavailable, *REFUSALS):
            return
        after.require_live()
        if is_overtaken(before, after):
            raise ChangeOvertaken(kind=change.kind)

    def _refuse(self, workspace: str, command: str, reason: str, cause: Cause) -> None:
        at = self.clock()
        self.observations.accounts.record(
            workspace, lambda account: decide_refuse_change(account, command, reason, at), cause
        )


def _ask(gateway: Gateway, change: ChangeRequested) -> Swapped | Elsewhere | None:
    """Raises CardDeclined."""
    command, ref = change.command_id, change.subscription_ref
    if change.kind == "cancel":
        gateway.subscriptions.cancel(command, ref, at_period_end=change.at_period_end)
    elif change.kind == "resume":
        gateway.subscriptions.resume(command, ref)
    elif change.kind != "swap":
        return _adjust(gateway.adjustments, change)
    elif change.deal is not None:
        price, timing = change.deal.price_ref, change.timing or "prorate"
        asked = (command, ref, price, timing, change.quantity)
        return _not_declined(gateway.subscriptions.swap(*asked))
    return None


def _adjust(port: Adjustments, change: ChangeRequested) -> Swapped | Elsewhere | None:
    """Raises CardDeclined."""
    command, ref = change.command_id, change.subscription_ref
    if change.kind == "quantity" and change.quantity is not None:
        return _not_declined(port.set_quantity(command, ref, change.quantity))
    if change.kind == "discount" and change.discount is not None:
        port.give_discount(command, ref, change.discount.coupon)
        return None
    if change.kind == "discount_end":
        port.end_discounts(command, ref)
        return None
    if change.kind == "trial":
        return _not_declined(port.end_trial(command, ref, change.until))
    if change.kind == "pause":
        port.pause(command, ref, change.until)
    else:
        port.unpause(command, ref)
    return None


def _not_declined(outcome: SwapOutcome) -> Swapped | Elsewhere:
    if isinstance(outcome, Declined):
        raise CardDeclined(decline_code=outcome.code)
    return outcome


def _word(outcome: Elsewhere) -> str:
    return "needs_checkout" if isinstance(outcome, NeedsCheckout) else "action_required"
