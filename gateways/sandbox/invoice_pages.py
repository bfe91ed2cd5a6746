"""The page of an invoice, on which an open one is paid."""

from __future__ import annotations

from fastapi import APIRouter
from fastapi.responses import Response

from gateways.port import GatewayRejected
from gateways.sandbox import html
from gateways.sandbox.client import SandboxClient
from gateways.sandbox.forms import Fields, explained, see_other
from gateways.sandbox.simulation import subscriptions
from gateways.sandbox.simulation.ledger import Ledger
from gateways.sandbox.simulation.records import InvoiceRecord, PendingSwap
from kernel.money import Money


def invoice_pages(client: SandboxClient) -> APIRouter:
    router = APIRouter(prefix="/sandbox", include_in_schema=False)

    @router.get("/invoice/{number}")
    @explained
    def show(number: str) -> Response:
        with client.state.transaction() as ledger:
            return _shown(ledger.get(InvoiceRecord, number))

    @router.post("/invoice/{number}")
    @explained
    def pay(number: str, fields: Fields) -> Response:  # noqa: ARG001 - there is one button
        with client.state.transaction() as ledger:
            if ledger.find(PendingSwap, number) is not None:
                return see_other(client.urls.confirmation(number))
            _pay(ledger, ledger.get(InvoiceRecord, number))
        return see_other(client.urls.invoice(number))

    return router


def _pay(ledger: Ledger, invoice: InvoiceRecord) -> None:
    """All that its subscription owes."""
    if invoice.status != "open" or invoice.subscription is None:
        raise GatewayRejected("There is nothing to pay.", invoice=invoice.id)
    subscriptions.recover(ledger, invoice.subscription)


def _shown(invoice: InvoiceRecord) -> Response:
    currency = invoice.amount.currency
    return html.page(
        f"Invoice {invoice.id}",
        html.price(invoice.amount),
        html.paragraph(f"Date: {invoice.date:%Y-%m-%d}. Status: {invoice.status}."),
        *(
            html.paragraph(f"{line.description}: {Money(line.amount, currency)}")
            for line in invoice.lines
        ),
        html.form(html.button("action", "pay", "Pay")) if invoice.status == "open" else "",
    )
