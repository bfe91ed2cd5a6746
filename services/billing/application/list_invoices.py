"""What a workspace was ever charged for."""

from __future__ import annotations

from dataclasses import dataclass

from gateways.port import Invoice
from services.billing.application.observe_snapshot import Observations


@dataclass(frozen=True, slots=True)
class ListInvoices:
    observations: Observations

    def __call__(self, workspace: str) -> list[tuple[str, Invoice]]:
        """(gateway, invoice) of everything the workspace ever paid for, newest first."""
        account = self.observations.accounts.find(workspace)
        payers = account.payers.values() if account is not None else ()
        found = {
            (payer.gateway, invoice.number): invoice
            for payer in payers
            for invoice in self.observations.gateway(payer.gateway).subscriptions.invoices(
                payer.customer, payer.ref
            )
        }
        listed = [(gateway, invoice) for (gateway, _), invoice in found.items()]
        return sorted(listed, key=lambda each: each[1].date, reverse=True)
