"""A subscription ends with the period that is paid."""

from __future__ import annotations

from dataclasses import dataclass

from kernel.cause import Cause
from kernel.ids import new_id
from services.billing.application.change_subscription import ChangeSubscription, Forecast
from services.billing.domain.account.cancel import decide_cancel, decide_end
from services.billing.domain.account.state import Account


@dataclass(frozen=True, slots=True)
class CancelSubscription:
    change: ChangeSubscription

    def __call__(self, workspace: str, cause: Cause, reason: str = "") -> Account:
        """Nothing is done when that is scheduled already."""
        command, at = new_id("cancel"), self.change.clock()
        self.change(workspace, lambda account: decide_cancel(account, command, at, reason), cause)
        return self.change.accounts.get(workspace)

    def end(self, workspace: str, cause: Cause) -> None:
        """Where its period is over and its gateway leaves the end to us."""
        account = self.change.accounts.find(workspace)
        live = account.live if account is not None else None
        gateway = self.change.gateways.get((live and live.gateway) or "")
        if live is None or live.cancel_at is None or gateway is None:
            return
        can, at = gateway.capabilities, self.change.clock()
        command = f"end:{live.ref}:{live.cancel_at:%Y%m%d%H%M}"
        self.change(workspace, lambda found: decide_end(found, command, can, at), cause)

    def foresee(self, workspace: str) -> Forecast:
        live = self.change.accounts.get(workspace).require_live()
        period_end = live.period_end if live.has_access else self.change.clock()
        ends = live.ends_with_period
        ends_at = live.cancel_at if ends and live.cancel_at is not None else period_end
        return Forecast(
            "cancel", True, ends_at, changed=not ends, amount=self.change.charged(workspace)
        )
