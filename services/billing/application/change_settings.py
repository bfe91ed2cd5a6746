"""How a workspace wants plan changes to be charged, and where its invoices go."""

from __future__ import annotations

from dataclasses import dataclass

from kernel.cause import Cause
from kernel.clock import Clock
from kernel.events import DomainEvent
from runtime.eventstore.vault import Vault
from services.billing.application.accounts import Accounts
from services.billing.domain.account.settings import decide_settings
from services.billing.domain.account.state import Account
from services.billing.domain.account.timing import PlanChange


@dataclass(frozen=True, slots=True)
class SettingsChange:
    """None leaves a setting as it is; `clear_email` forgets the address."""

    plan_change: PlanChange | None = None
    billing_email: str | None = None
    clear_email: bool = False


@dataclass(frozen=True, slots=True)
class ChangeSettings:
    accounts: Accounts
    vault: Vault
    clock: Clock

    def __call__(self, workspace: str, change: SettingsChange, cause: Cause) -> Account:
        at = self.clock()

        def decide(account: Account) -> list[DomainEvent]:
            choice = change.plan_change or account.plan_change
            return decide_settings(account, choice, self._email(account, change), at)

        return self.accounts.record(workspace, decide, cause)

    def billing_email(self, workspace: str) -> str | None:
        account = self.accounts.find(workspace)
        return self.vault.unseal(account.billing_email) if account is not None else None

    def _email(self, account: Account, change: SettingsChange) -> str | None:
        """Sealing gives another text each time: the same address is no change."""
        if change.clear_email:
            return None
        if change.billing_email in (None, self.vault.unseal(account.billing_email)):
            return account.billing_email
        return self.vault.seal(account.workspace, change.billing_email)
