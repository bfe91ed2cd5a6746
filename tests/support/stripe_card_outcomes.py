"""How the double's invoices are collected, and how a card answers."""

from __future__ import annotations

from tests.support.stripe_shapes import Record, blank
from tests.support.stripe_store import Refusal, Store

_DECLINES: dict[str, dict[str, str]] = {
    "declined": {"code": "card_declined", "decline_code": "insufficient_funds"},
    "absent": {"code": "authentication_required", "decline_code": "authentication_required"},
}


def finalize_invoice(store: Store, invoice: Record) -> None:
    """Opens it with a payment intent, or closes it when there is nothing to pay: a negative sum
    is credited to the customer's balance."""
    for name in ("amount_due", "amount_remaining"):
        invoice[name] = max(invoice[name], 0)
    invoice.update(
        number=f"A-{invoice['id'][-6:]}",
        hosted_invoice_url=f"https://invoice.stripe.com/i/{invoice['id']}",
        invoice_pdf=f"https://pay.stripe.com/invoice/{invoice['id']}/pdf",
        status="open" if invoice["amount_due"] > 0 else "paid",
    )
    invoice["status_transitions"]["finalized_at"] = store.timestamp()
    if invoice["amount_due"] == 0:
        return
    sums = {"amount": invoice["amount_due"], "currency": invoice["currency"]}
    intent = new_intent(store, customer=invoice["customer"], metadata={}, **sums)
    store.add(
        "invoice_payment",
        invoice=invoice["id"],
        is_default=True,
        status="open",
        amount_requested=invoice["amount_due"],
        currency=invoice["currency"],
        payment={"type": "payment_intent", "payment_intent": intent["id"]},
    )


def new_intent(store: Store, **fields: object) -> Record:
    return store.add("payment_intent", "", status="requires_payment_method", **fields)


def intent_of(store: Store, invoice: Record) -> Record:
    (payment,) = store.every("invoice_payment", lambda each: each["invoice"] == invoice["id"])
    return store.get(payment["payment"]["payment_intent"])


def attempt(store: Store, invoice: Record, method: str) -> None:
    """Tries to collect an open invoice; a Refusal of 402 is the bank's answer."""
    intent = intent_of(store, invoice)
    invoice.update(attempted=True, attempt_count=invoice["attempt_count"] + 1)
    card = store.cards[store.get(method, param="payment_method", status=400)["id"]]
    if card == "ok":
        settle(store, invoice, method)
    elif card in _DECLINES:
        decline(store, invoice, **_DECLINES[card])
        raise Refusal(402, "Your card was declined.", "card_error", **_why(intent))
    else:
        intent.update(status="requires_action", payment_method=method)
        intent["next_action"] = {"type": "use_stripe_sdk", "use_stripe_sdk": {}}
        store.emit("invoice.payment_action_required", invoice)
        raise Refusal(
            402,
            "This payment requires additional user action.",
            "card_error",
            code="invoice_payment_intent_requires_action",
        )


def settle(store: Store, invoice: Record, method: str | None) -> None:
    """Nothing to collect is paid already."""
    if invoice["amount_due"] == 0:
        store.emit("invoice.paid", invoice)
        return
    intent = intent_of(store, invoice)
    succeed(store, intent, method)
    invoice.update(status="paid", amount_paid=invoice["total"], amount_remaining=0, attempted=True)
    invoice["status_transitions"]["paid_at"] = store.timestamp()
    (payment,) = store.every("invoice_payment", lambda each: each["invoice"] == invoice["id"])
    payment.update(status="paid", amount_paid=invoice["total"])
    store.emit("invoice.paid", invoice)


def succeed(store: Store, intent: Record, method: str | None) -> None:
    charge = store.add(
        "charge",
        amount=intent["amount"],
        amount_captured=intent["amount"],
        currency=intent["currency"],
        customer=intent["customer"],
        payment_intent=intent["id"],
        payment_method=method,
        metadata=dict(intent["metadata"]),
        captured=True,
        paid=True,
        status="succeeded",
    )
    intent.update(
        status="succeeded",
        latest_charge=charge["id"],
        payment_method=method,
        next_action=None,
        last_payment_error=None,
    )
    store.emit("charge.succeeded", charge)
    store.emit("payment_intent.succeeded", intent)


def decline(store: Store, invoice: Record, **codes: str) -> None:
    intent = intent_of(store, invoice)
    error = {"type": "card_error", "message": "The payment failed.", **codes}
    intent.update(status="requires_payment_method", last_payment_error=error, next_action=None)
    invoice["attempted"] = True
    _failed_charge(store, intent, **codes)
    store.emit("payment_intent.payment_failed", intent)
    store.emit("invoice.payment_failed", invoice)


def _failed_charge(store: Store, intent: Record, **codes: str) -> None:
    outcome = blank("charge_outcome")
    outcome.update(reason=codes.get("decline_code"), type="issuer_declined")
    store.add(
        "charge",
        amount=intent["amount"],
        currency=intent["currency"],
        customer=intent["customer"],
        payment_intent=intent["id"],
        metadata=dict(intent["metadata"]),
        failure_code=codes["code"],
        outcome=outcome,
        status="failed",
    )


def _why(intent: Record) -> dict[str, str]:
    error = intent["last_payment_error"]
    return {name: error[name] for name in ("code", "decline_code") if name in error}
