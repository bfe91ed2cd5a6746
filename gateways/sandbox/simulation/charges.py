"""One-time sums and their refunds."""

from __future__ import annotations

from msgspec.structs import replace

from gateways.port import ChargeRequest, GatewayRejected
from gateways.sandbox.simulation import invoices
from gateways.sandbox.simulation.cards import Answer
from gateways.sandbox.simulation.customers import card_of, customer_of, method_of
from gateways.sandbox.simulation.ledger import Ledger
from gateways.sandbox.simulation.records import Charge, CheckoutPage, DisputeRecord, RefundRecord
from kernel.ids import new_id
from kernel.money import Money


def charge_saved_method(ledger: Ledger, request: ChargeRequest) -> Charge:
    """The first call with a command charges; later ones answer what became of it."""
    earlier = ledger.made_by(Charge, request.command_id)
    if earlier is not None:
        return earlier
    customer = customer_of(ledger, request.workspace_id, ref=request.customer)
    method = method_of(ledger, customer, request.payment_method)
    answer = card_of(method).later
    made = Charge(
        id=new_id("ch"),
        command_id=request.command_id,
        workspace_id=request.workspace_id,
        customer=customer.id,
        amount=request.amount,
        description=request.description,
        status="pending",
    )
    return _waiting(ledger, made) if answer == "3ds" else _answered(ledger, made, answer)


def charge_page(ledger: Ledger, page: CheckoutPage) -> Charge:
    """The customer has just paid the page of a one-time sum."""
    made = Charge(
        id=new_id("ch"),
        command_id=page.command_id,
        workspace_id=page.workspace_id,
        customer=page.customer,
        amount=page.amount,
        description=page.description,
        status="pending",
    )
    return _answered(ledger, made, "ok")


def answer_bank(ledger: Ledger, ref: str, *, succeed: bool) -> Charge:
    """The card holder's answer. Only the first counts."""
    charge = ledger.get(Charge, ref)
    if charge.status != "pending":
        return charge
    if succeed:
        return _answered(ledger, charge, "ok")
    return _failed(ledger, charge, "authentication_failed")


def cancel(ledger: Ledger, ref: str) -> Charge:
    """One that waits for its card holder is not confirmed any more."""
    charge = ledger.get(Charge, ref)
    if charge.status != "pending":
        return charge
    return _announced(ledger, replace(charge, status="cancelled"), "charge.cancelled")


def refund(
    ledger: Ledger, command_id: str, charge_ref: str, amount: Money, reason: str
) -> RefundRecord:
    earlier = ledger.made_by(RefundRecord, command_id)
    if earlier is not None:
        return earlier
    charge = ledger.get(Charge, charge_ref)
    if not _refundable(charge, amount) or _is_withheld(ledger, charge):
        raise GatewayRejected("The amount can't be refunded.", charge=charge.id)
    refunded = replace(charge, refunded=charge.refunded + amount.amount)
    announce(ledger, ledger.put(refunded), "charge.refunded")
    return ledger.put(
        RefundRecord(
            id=new_id("re"),
            command_id=command_id,
            charge=charge.id,
            amount=amount,
            reason=reason,
            made_at=ledger.now,
        )
    )


def _refundable(charge: Charge, amount: Money) -> bool:
    left = charge.amount.amount - charge.refunded
    same_currency = amount.currency == charge.amount.currency
    return charge.status == "succeeded" and same_currency and 0 < amount.amount <= left


def _answered(ledger: Ledger, charge: Charge, answer: Answer) -> Charge:
    if answer != "ok":
        return _failed(ledger, charge, answer)
    paid = replace(charge, status="succeeded")
    invoices.for_charge(ledger, paid)
    return _announced(ledger, paid, "charge.succeeded")


def _failed(ledger: Ledger, charge: Charge, code: str) -> Charge:
    return _announced(ledger, replace(charge, status="failed", decline_code=code), "charge.failed")


def _waiting(ledger: Ledger, charge: Charge) -> Charge:
    return _announced(ledger, charge, "charge.action_required")


def _announced(ledger: Ledger, charge: Charge, event_type: str) -> Charge:
    ledger.put(charge)
    announce(ledger, charge, event_type)
    return charge


def announce(ledger: Ledger, charge: Charge, event_type: str) -> None:
    invoice = invoices.paid_by(ledger, charge.id)
    ledger.announce(
        event_type,
        charge=charge.id,
        invoice=invoice.id if invoice else None,
        customer=charge.customer,
        workspace_id=charge.workspace_id,
    )


def refunds_of(ledger: Ledger, charge: str | None) -> list[RefundRecord]:
    return [each for each in ledger.every(RefundRecord) if charge and each.charge == charge]


def disputes_of(ledger: Ledger, charge: str | None) -> list[DisputeRecord]:
    return [each for each in ledger.every(DisputeRecord) if charge and each.charge == charge]


def _is_withheld(ledger: Ledger, charge: Charge) -> bool:
    return any(dispute.status != "won" for dispute in disputes_of(ledger, charge.id))
