"""The page of an invoice, on which an open one is paid."""

from __future__ import annotations

from fastapi import APIRouter, Request
from fastapi.responses import Response

from gateways.port import GatewayRejected
from gateways.sandbox.client import SandboxClient
from gateways.sandbox.hosted import Render, hosted_router, see_other
from gateways.sandbox.simulation import subscriptions
from gateways.sandbox.simulation.ledger import Ledger
from gateways.sandbox.simulation.records import InvoiceRecord, PendingSwap


def invoice_pages(client: SandboxClient, render: Render) -> APIRouter:
    router = hosted_router(render)

    @router.get("/invoice/{number}")
    def show(request: Request, number: str) -> Response:
        with client.state.transaction() as ledger:
            return render(
                request, "sandbox/invoice.html", invoice=ledger.get(InvoiceRecord, number)
            )

    @router.post("/invoice/{number}")
    def pay(number: str) -> Response:
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
