"""Disputes, and refunds that people make or a bank sends back."""

from __future__ import annotations

from msgspec.structs import replace

from gateways.port import GatewayRejected
from gateways.sandbox.simulation import charges, invoices
from gateways.sandbox.simulation.ledger import Ledger
from gateways.sandbox.simulation.records import Charge, DisputeRecord, RefundRecord
from kernel.ids import new_id
from kernel.money import Money


def refund_by_hand(ledger: Ledger, invoice: str, amount: int) -> RefundRecord:
    charge = _paid_charge(ledger, invoice)
    money = Money(amount, charge.amount.currency)
    return charges.refund(ledger, new_id("by_hand"), charge.id, money, "By hand")


def fail_refund(ledger: Ledger, ref: str) -> RefundRecord:
    """The bank sends back what had succeeded."""
    refund = ledger.get(RefundRecord, ref)
    if refund.status == "failed":
        return refund
    charge = ledger.get(Charge, refund.charge)
    ledger.put(replace(charge, refunded=charge.refunded - refund.amount.amount))
    charges.announce(ledger, charge, "refund.failed")
    return ledger.put(replace(refund, status="failed"))


def open_dispute(ledger: Ledger, invoice: str) -> DisputeRecord:
    """The card holder wants the whole payment back."""
    charge = _paid_charge(ledger, invoice)
    dispute = DisputeRecord(
        id=new_id("dp"), charge=charge.id, amount=charge.amount, opened_at=ledger.now
    )
    charges.announce(ledger, charge, "dispute.opened")
    return ledger.put(dispute)


def close_dispute(ledger: Ledger, ref: str, *, won: bool) -> DisputeRecord:
    dispute = ledger.get(DisputeRecord, ref)
    if dispute.status != "open":
        raise GatewayRejected("The dispute is closed.", dispute=ref)
    charges.announce(ledger, ledger.get(Charge, dispute.charge), "dispute.closed")
    status = "won" if won else "lost"
    return ledger.put(replace(dispute, status=status, closed_at=ledger.now))


def _paid_charge(ledger: Ledger, invoice: str) -> Charge:
    charge = invoices.named(ledger, invoice).charge
    if charge is None:
        raise GatewayRejected("Nothing was paid.", invoice=invoice)
    return ledger.get(Charge, charge)
