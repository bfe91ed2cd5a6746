"""A scheduled cancellation is taken back."""

from __future__ import annotations

from dataclasses import dataclass

from kernel.cause import Cause
from kernel.events import DomainEvent
from kernel.ids import new_id
from services.billing.application.change_subscription import ChangeSubscription, Forecast
from services.billing.domain.account.resume import decide_resume, require_resumable
from services.billing.domain.account.state import Account


@dataclass(frozen=True, slots=True)
class ResumeSubscription:
    change: ChangeSubscription

    def __call__(self, workspace: str, cause: Cause) -> Account:
        """Raises CannotResume."""
        command, at = new_id("resume"), self.change.clock()

        def decide(account: Account) -> list[DomainEvent]:
            capabilities = self.change.gateway_of(account).capabilities
            return decide_resume(account, command, capabilities, at)

        self.change(workspace, decide, cause)
        return self.change.accounts.get(workspace)

    def foresee(self, workspace: str) -> Forecast:
        account = self.change.accounts.get(workspace)
        require_resumable(account, self.change.gateway_of(account).capabilities)
        return Forecast("resume", True, self.change.clock(), amount=self.change.charged(workspace))
