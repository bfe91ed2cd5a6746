"""One-time sums and their refunds."""

from __future__ import annotations

from gateways.port import (
    CapabilityNotSupported,
    ChargeOutcome,
    ChargeRequest,
    ChargeSnapshot,
    InvoiceSnapshot,
    Refund,
)
from gateways.sandbox import snapshots
from gateways.sandbox.client import SandboxClient
from gateways.sandbox.simulation import charges, invoices
from gateways.sandbox.simulation.ledger import Ledger
from gateways.sandbox.simulation.records import Charge
from kernel.money import Money


class Payments:
    def __init__(self, client: SandboxClient) -> None:
        self._client = client

    def charge(self, request: ChargeRequest) -> ChargeOutcome:
        if not self._client.profile.capabilities.saved_method_charge:
            raise CapabilityNotSupported("This gateway has no saved method charge.")
        record = self._client.call(lambda ledger: charges.charge_saved_method(ledger, request))
        return snapshots.charge_outcome(record, self._client.urls)

    def capture(self, command_id: str, ref: str) -> ChargeSnapshot:  # noqa: ARG002
        """The sandbox takes the money by itself."""
        return self.fetch(ref)

    def abandon(self, ref: str) -> None:
        self._client.call(lambda ledger: charges.cancel(ledger, ref))

    def fetch(self, ref: str) -> ChargeSnapshot:
        return self._client.call(
            lambda ledger: snapshots.charge_snapshot(
                ledger, ledger.get(Charge, ref), self._client.urls
            )
        )

    def find(self, command_id: str) -> ChargeSnapshot | None:
        def found(ledger: Ledger) -> ChargeSnapshot | None:
            record = ledger.made_by(Charge, command_id)
            urls = self._client.urls
            return None if record is None else snapshots.charge_snapshot(ledger, record, urls)

        return self._client.call(found)

    def fetch_invoice(self, ref: str) -> InvoiceSnapshot:
        client = self._client
        fetched_at = client.clock()
        return client.call(
            lambda ledger: snapshots.invoice_snapshot(
                ledger, client, invoices.named(ledger, ref), fetched_at
            )
        )

    def refund(self, command_id: str, charge: str, amount: Money, reason: str) -> Refund:
        return snapshots.refund(
            self._client.call(
                lambda ledger: charges.refund(ledger, command_id, charge, amount, reason)
            )
        )
