"""An agreement with one workspace that its plan does not know."""

from __future__ import annotations

from dataclasses import dataclass

from kernel.cause import Cause
from kernel.clock import Clock
from services.billing.application.accounts import Accounts
from services.billing.domain.account.overrides import decide_overrides
from services.billing.domain.account.state import Account
from services.billing.domain.overrides import Overrides


@dataclass(frozen=True, slots=True)
class SetOverrides:
    accounts: Accounts
    clock: Clock

    def __call__(self, workspace: str, overrides: Overrides, reason: str, cause: Cause) -> Account:
        """They replace those before. Raises ValidationFailed."""
        at = self.clock()
        return self.accounts.record(
            workspace, lambda account: decide_overrides(account, overrides, reason, at), cause
        )
