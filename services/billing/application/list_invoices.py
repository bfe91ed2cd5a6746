"""What a workspace was ever charged for."""

from __future__ import annotations

from dataclasses import dataclass

from gateways.port import InvoiceSnapshot
from services.billing.application.observe_snapshot import Observations
from services.billing.domain.account.records import answered


@dataclass(frozen=True, slots=True)
class ListInvoices:
    observations: Observations

    def __call__(self, workspace: str) -> list[InvoiceSnapshot]:
        """Everything the workspace was ever asked to pay, newest first."""
        account = self.observations.accounts.find(workspace)
        payers = answered(account.payers, account.forgotten) if account is not None else {}
        found = {
            (invoice.gateway, invoice.ref): invoice
            for payer in payers.values()
            for invoice in self.observations.gateway(payer.gateway).subscriptions.invoices(
                payer.customer, payer.ref
            )
            if invoice.status != "draft"
        }
        return sorted(found.values(), key=lambda each: each.issued_at, reverse=True)
