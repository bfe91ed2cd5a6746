"""Invoices and payment intents of the double."""

from __future__ import annotations

from tests.support.stripe_bills import Line, add_line
from tests.support.stripe_card_outcomes import attempt, finalize_invoice, intent_of
from tests.support.stripe_catalogue import check_amount
from tests.support.stripe_changes import drop_pending
from tests.support.stripe_routes import Params, route
from tests.support.stripe_shapes import Record
from tests.support.stripe_store import Refusal, Store


@route("POST", "/v1/invoices")
def create_invoice(store: Store, params: Params) -> Record:
    store.get(params["customer"], param="customer", status=400)
    made = store.add("invoice", metadata={}, status="draft", billing_reason="manual")
    params.pop("pending_invoice_items_behavior")
    assert params.pop("discounts") == "", "the customer's own would be taken off"
    store.update(made, params)
    made["lines"]["url"] = f"/v1/invoices/{made['id']}/lines"
    return made


@route("GET", "/v1/invoices")
def list_invoices(store: Store, params: Params) -> Record:
    since = params.get("created", {}).get("gte", 0)

    def keep(invoice: Record) -> bool:
        return (
            invoice["created"] >= since
            and params.get("customer") in (None, invoice["customer"])
            and params.get("subscription") in (None, subscription_of(invoice))
        )

    return store.listed(store.every("invoice", keep), "/v1/invoices", params)


@route("GET", "/v1/invoices/search")
def search_invoices(store: Store, params: Params) -> Record:
    return store.searched("invoice", params)


@route("GET", "/v1/invoices/{invoice}")
def show_invoice(store: Store, params: Params, identity: str) -> Record:
    return store.view(store.get(identity), params.get("expand", []))


@route("POST", "/v1/invoices/{invoice}")
def update_invoice(store: Store, params: Params, identity: str) -> Record:
    invoice = store.get(identity)
    store.update(invoice, params)
    return invoice


@route("POST", "/v1/invoiceitems")
def create_invoice_item(store: Store, params: Params) -> Record:
    check_amount(params["amount"], params["currency"])
    invoice = store.get(params["invoice"], param="invoice", status=400)
    if invoice["status"] != "draft":
        raise Refusal(400, "The invoice is not editable.")
    item = store.add("invoiceitem", date=store.timestamp(), quantity=1, quantity_decimal="1")
    store.update(item, params)
    add_line(store, invoice, Line(params["amount"], params["description"]))
    return item


@route("POST", "/v1/invoices/{invoice}/finalize")
def finalize(store: Store, params: Params, identity: str) -> Record:
    invoice = store.get(identity)
    if invoice["status"] != "draft":
        raise Refusal(400, "This invoice is already finalized.", code="invoice_not_editable")
    finalize_invoice(store, invoice)
    return store.view(invoice, params.get("expand", []))


@route("POST", "/v1/invoices/{invoice}/pay")
def pay_invoice(store: Store, params: Params, identity: str) -> Record:
    invoice = store.get(identity)
    if invoice["status"] == "paid":
        raise Refusal(400, "Invoice is already paid")
    if invoice["status"] != "open":
        raise Refusal(400, f"The invoice is {invoice['status']}.")
    attempt(store, invoice, params["payment_method"])
    return invoice


@route("POST", "/v1/invoices/{invoice}/void")
def void(store: Store, params: Params, identity: str) -> Record:
    invoice = store.get(identity)
    if invoice["status"] not in ("open", "uncollectible"):
        raise Refusal(400, f"You can't void an invoice that is {invoice['status']}.")
    invoice["status"] = "void"
    invoice["status_transitions"]["voided_at"] = store.timestamp()
    intent_of(store, invoice).update(status="canceled", cancellation_reason="void_invoice")
    drop_pending(store, invoice)
    store.emit("invoice.voided", invoice)
    return invoice


@route("GET", "/v1/payment_intents")
def list_payment_intents(store: Store, params: Params) -> Record:
    since = params["created"]["gte"]
    found = store.every("payment_intent", lambda each: bool(each["created"] >= since))
    return store.listed(found, "/v1/payment_intents", params)


@route("GET", "/v1/payment_intents/search")
def search_payment_intents(store: Store, params: Params) -> Record:
    return store.searched("payment_intent", params)


@route("GET", "/v1/payment_intents/{intent}")
def show_payment_intent(store: Store, params: Params, identity: str) -> Record:
    return store.view(store.get(identity), params.get("expand", []))


@route("POST", "/v1/payment_intents/{intent}")
def update_payment_intent(store: Store, params: Params, identity: str) -> Record:
    intent = store.get(identity)
    store.update(intent, params)
    return intent


def subscription_of(invoice: Record) -> str | None:
    parent = invoice["parent"]
    return None if parent is None else str(parent["subscription_details"]["subscription"])
