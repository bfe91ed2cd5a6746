"""What else is done to a workspace's account: local plans, settings, portal, invoices."""

from __future__ import annotations

from dataclasses import dataclass

from gateways.port import CapabilityNotSupported, Invoice
from kernel.cause import Cause
from kernel.clock import Clock
from kernel.errors import ValidationFailed
from runtime.eventstore.vault import Vault
from services.billing.application.observations import Observations
from services.billing.application.plans import Plans
from services.billing.domain.account import Account
from services.billing.domain.account_events import Timing
from services.billing.domain.errors import NotSubscribed, PlanInactive, PlanNotLocal
from services.billing.domain.subscription import Deal


@dataclass(frozen=True, slots=True)
class SettingsChange:
    """None leaves a setting as it is; `clear_email` forgets the address."""

    plan_change: Timing | None = None
    billing_email: str | None = None
    clear_email: bool = False


class Workspaces:
    def __init__(
        self, observations: Observations, plans: Plans, vault: Vault, clock: Clock
    ) -> None:
        self._observations = observations
        self._accounts = observations.accounts
        self._plans = plans
        self._vault = vault
        self._clock = clock

    def assign_plan(self, workspace: str, slug: str, cause: Cause) -> Account:
        """Raises SubscriptionLive while a gateway goes on charging."""
        plan = self._plans.get(slug)
        if not plan.price.is_free:
            raise PlanNotLocal(slug=slug)
        if not plan.is_active:
            raise PlanInactive(slug=slug)
        deal, at = Deal(plan=slug, price=plan.price), self._clock()
        return self._observations.record(workspace, lambda account: account.assign(deal, at), cause)

    def change_settings(self, workspace: str, change: SettingsChange, cause: Cause) -> Account:
        at = self._clock()

        def decide(account: Account) -> None:
            timing = change.plan_change or account.plan_change
            account.change_settings(timing, self._email(account, change), at)

        return self._observations.record(workspace, decide, cause)

    def billing_email(self, workspace: str) -> str | None:
        account = self._accounts.find(workspace)
        return self._vault.unseal(account.billing_email) if account is not None else None

    def portal_url(self, workspace: str, return_url: str | None) -> str:
        """Raises CapabilityNotSupported where the gateway has none."""
        account = self._accounts.get(workspace)
        current, method = account.subscription, account.method
        gateway = current.gateway if current is not None else method.gateway if method else None
        if gateway is None:
            raise NotSubscribed(workspace=workspace)
        adapter = self._observations.gateway(gateway)
        if not adapter.capabilities.portal:
            raise CapabilityNotSupported(gateway=gateway, capability="portal")
        customer = current.customer if current is not None else method.customer if method else None
        last = account.last_checkout
        back = return_url or (last.cancel_url if last is not None else None)
        if customer is None:
            raise NotSubscribed(workspace=workspace)
        if back is None:
            raise ValidationFailed("The portal needs a return_url.")
        return adapter.subscriptions.portal_url(customer, back)

    def invoices(self, workspace: str) -> list[tuple[str, Invoice]]:
        """(gateway, invoice) of everything the workspace ever paid for, newest first."""
        account = self._accounts.find(workspace)
        payers = account.payers.values() if account is not None else ()
        found = {
            (payer.gateway, invoice.number): invoice
            for payer in payers
            for invoice in self._observations.gateway(payer.gateway).subscriptions.invoices(
                payer.customer, payer.ref
            )
        }
        listed = [(gateway, invoice) for (gateway, _), invoice in found.items()]
        return sorted(listed, key=lambda each: each[1].date, reverse=True)

    def _email(self, account: Account, change: SettingsChange) -> str | None:
        """Sealing gives another text each time: the same address is no change."""
        if change.clear_email:
            return None
        if change.billing_email in (None, self._vault.unseal(account.billing_email)):
            return account.billing_email
        return self._vault.seal(account.workspace, change.billing_email)
