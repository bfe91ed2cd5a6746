"""Charges, refunds and disputes of the double."""

from __future__ import annotations

from tests.support.gateway_driver import Books
from tests.support.stripe_catalogue import check_amount
from tests.support.stripe_routes import Params, route
from tests.support.stripe_shapes import Record, blank
from tests.support.stripe_store import Refusal, Store


@route("GET", "/v1/charges")
def list_charges(store: Store, params: Params) -> Record:
    def keep(charge: Record) -> bool:
        wanted = {name: params[name] for name in ("customer", "payment_intent") if name in params}
        return bool(wanted.items() <= charge.items())

    return store.listed(store.every("charge", keep), "/v1/charges", params)


@route("GET", "/v1/invoice_payments")
def list_invoice_payments(store: Store, params: Params) -> Record:
    wanted = params["payment"]["payment_intent"]
    found = store.every("invoice_payment", lambda each: each["payment"]["payment_intent"] == wanted)
    return store.listed(found, "/v1/invoice_payments", params)


@route("GET", "/v1/disputes")
def list_disputes(store: Store, params: Params) -> Record:
    found = store.every("dispute", lambda each: each["charge"] == params["charge"])
    return store.listed(found, "/v1/disputes", params)


@route("GET", "/v1/refunds")
def list_refunds(store: Store, params: Params) -> Record:
    wanted = {name: params[name] for name in ("charge", "payment_intent") if name in params}
    found = store.every("refund", lambda each: wanted.items() <= each.items())
    return store.listed(found, "/v1/refunds", params)


@route("POST", "/v1/refunds")
def create_refund(store: Store, params: Params) -> Record:
    intent = store.get(params["payment_intent"], param="payment_intent", status=400)
    if intent["latest_charge"] is None:
        raise Refusal(400, "This PaymentIntent does not have a successful charge to refund.")
    charge = store.get(intent["latest_charge"])
    check_amount(params["amount"], charge["currency"])
    if _is_withheld(store, charge):
        raise Refusal(400, "This charge has been charged back.", code="charge_disputed")
    if charge["refunded"]:
        raise Refusal(400, "Charge has already been refunded.", code="charge_already_refunded")
    if params["amount"] > charge["amount"] - charge["amount_refunded"]:
        raise Refusal(400, "Refund amount is greater than unrefunded amount on charge.")
    refund = store.add(
        "refund", currency=charge["currency"], charge=charge["id"], status="succeeded", **params
    )
    _give_back(charge, params["amount"])
    store.emit("charge.refunded", charge)
    store.emit("refund.created", refund)
    return refund


def fail_refund(store: Store, refund: Record) -> None:
    """The bank sends it back, days after it was confirmed."""
    refund.update(status="failed", failure_reason="expired_or_canceled_card")
    _give_back(store.get(refund["charge"]), -refund["amount"])
    store.emit("refund.failed", refund)


def open_dispute(store: Store, charge: Record) -> Record:
    charge["disputed"] = True
    dispute = store.add(
        "dispute",
        amount=charge["amount"],
        currency=charge["currency"],
        charge=charge["id"],
        payment_intent=charge["payment_intent"],
        reason="fraudulent",
        status="needs_response",
        metadata={},
        balance_transactions=[_moved(store, charge, -charge["amount"])],
    )
    store.emit("charge.dispute.created", dispute)
    return dispute


def close_dispute(store: Store, dispute: Record, *, won: bool) -> None:
    dispute["status"] = "won" if won else "lost"
    if won:
        charge = store.get(dispute["charge"])
        dispute["balance_transactions"].append(_moved(store, charge, dispute["amount"]))
    store.emit("charge.dispute.closed", dispute)


def books_of(store: Store, intents: list[str]) -> Books:
    charges = store.every("charge", lambda each: each["payment_intent"] in intents)
    names = [charge["id"] for charge in charges]
    refunds = store.every("refund", lambda each: each["charge"] in names)
    disputes = store.every("dispute", lambda each: each["charge"] in names)
    return Books(
        paid=sum(each["amount"] for each in charges if each["status"] == "succeeded"),
        refunded=sum(each["amount"] for each in refunds if each["status"] == "succeeded"),
        disputed=sum(each["amount"] for each in disputes if each["status"] != "won"),
    )


def _is_withheld(store: Store, charge: Record) -> bool:
    disputes = store.every("dispute", lambda each: each["charge"] == charge["id"])
    return any(each["status"] != "won" for each in disputes)


def _give_back(charge: Record, amount: int) -> None:
    charge["amount_refunded"] += amount
    charge["refunded"] = charge["amount_refunded"] == charge["amount"]


def _moved(store: Store, charge: Record, amount: int) -> Record:
    moved = blank("balance_transaction")
    moved.update(
        id=f"txn_{charge['id']}_{amount}",
        amount=amount,
        net=amount,
        currency=charge["currency"],
        created=store.timestamp(),
        available_on=store.timestamp(),
        type="adjustment",
        reporting_category="dispute",
        status="available",
    )
    return moved
