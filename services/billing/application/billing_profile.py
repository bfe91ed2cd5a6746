"""Who pays for a workspace, as its gateway's invoices name them."""

from __future__ import annotations

from dataclasses import dataclass

import msgspec

from gateways.port.payers import PayerDetails
from kernel.cause import Cause
from kernel.clock import Clock
from kernel.events import DomainEvent
from runtime.eventstore.vault import ERASED, Vault
from services.billing.application.hosted_checkouts import customer_at
from services.billing.application.observe_snapshot import Observations
from services.billing.domain.account.settings import decide_profile
from services.billing.domain.account.state import Account

NOBODY = PayerDetails()


@dataclass(frozen=True, slots=True)
class BillingProfile:
    observations: Observations
    vault: Vault
    clock: Clock

    def __call__(self, workspace: str, payer: PayerDetails, cause: Cause) -> PayerDetails:
        """Kept sealed, and told to the gateway where a customer of it is known; a checkout tells
        it to any other. Saying the same again tells it again: an answer may have been lost."""
        at = self.clock()

        def decide(account: Account) -> list[DomainEvent]:
            if payer == self._opened(account):
                return []
            text = msgspec.json.encode(payer).decode()
            return decide_profile(self.vault.seal(workspace, text), at)

        account = self.observations.accounts.record(workspace, decide, cause)
        for name, gateway in self.observations.gateways.items():
            customer = customer_at(account, name)
            if customer is not None and gateway.capabilities.offer("billing_profile").possible:
                gateway.subscriptions.describe_payer(customer, payer)
        return payer

    def get(self, workspace: str) -> PayerDetails:
        account = self.observations.accounts.find(workspace)
        return self._opened(account) if account is not None else NOBODY

    def of(self, account: Account) -> PayerDetails | None:
        """None where nobody said."""
        payer = self._opened(account)
        return payer if payer != NOBODY else None

    def _opened(self, account: Account) -> PayerDetails:
        text = self.vault.unseal(account.billing_profile)
        if text is None or text == ERASED:
            return NOBODY
        return msgspec.json.decode(text, type=PayerDetails)
