"""The page where a customer pays, and the bank's question after it."""

from __future__ import annotations

from dataclasses import dataclass

from fastapi import APIRouter, Request
from fastapi.responses import Response

from gateways.port import CheckoutStatus
from gateways.return_url import filled
from gateways.sandbox.client import SandboxClient
from gateways.sandbox.hosted import Fields, Render, hosted_router, see_other
from gateways.sandbox.simulation import charges, checkouts, swaps
from gateways.sandbox.simulation.cards import CARDS, DECLINED, GOOD, SECURE, card
from gateways.sandbox.simulation.ledger import Ledger
from gateways.sandbox.simulation.records import (
    Charge,
    CheckoutPage,
    InvoiceRecord,
    PendingSwap,
    Price,
)
from kernel.money import Money

QUICK = {"approve": GOOD, "decline": DECLINED, "3ds": SECURE}


def checkout_pages(client: SandboxClient, render: Render) -> APIRouter:
    router, pages = hosted_router(render), _Pages(client, render)

    @router.get("/checkout/{ref}")
    def show(request: Request, ref: str, error: str = "") -> Response:
        with client.state.transaction() as ledger:
            return pages.shown(request, ledger, ref, error)

    @router.post("/checkout/{ref}")
    def submit(request: Request, ref: str, fields: Fields) -> Response:
        with client.state.transaction() as ledger:
            return pages.submitted(request, ledger, ref, fields)

    @router.get("/3ds/{ref}")
    def ask(request: Request, ref: str) -> Response:
        with client.state.transaction() as ledger:
            return pages.asked(request, ledger, ref)

    @router.post("/3ds/{ref}")
    def answer(request: Request, ref: str, fields: Fields) -> Response:
        if fields.get("answer") not in {"confirm", "fail"}:
            return ask(request, ref)
        with client.state.transaction() as ledger:
            return pages.answered(request, ledger, ref, succeed=fields["answer"] == "confirm")

    return router


@dataclass(frozen=True)
class _Pages:
    client: SandboxClient
    render: Render

    def shown(
        self, request: Request, ledger: Ledger, ref: str, error: str = "", status: int = 200
    ) -> Response:
        page = ledger.get(CheckoutPage, ref)
        state = checkouts.status_at(page, ledger.now)
        if state != "open":
            return self._closed(request, state)
        price = ledger.get(Price, page.price) if page.price else None
        return self.render(
            request,
            "sandbox/checkout.html",
            status,
            page=page,
            interval=price.interval if price else None,
            error=error,
            cards=CARDS.values(),
        )

    def submitted(
        self, request: Request, ledger: Ledger, ref: str, fields: dict[str, str]
    ) -> Response:
        page = ledger.get(CheckoutPage, ref)
        if checkouts.status_at(page, ledger.now) != "open":
            return self.shown(request, ledger, ref)
        outcome = fields.get("outcome", "")
        if outcome == "leave":
            return see_other(page.cancel_url)
        number = QUICK.get(outcome) or fields.get("card", "")
        if card(number) is None:
            return self.shown(request, ledger, ref, "no_test_card", 422)
        answer = checkouts.pay(ledger, ref, number)
        if answer == "ok":
            return see_other(filled(page.success_url, ref))
        if answer == "3ds":
            return see_other(self.client.urls.confirmation(ref))
        return self.shown(request, ledger, ref, answer, 402)

    def asked(self, request: Request, ledger: Ledger, ref: str) -> Response:
        charge = ledger.find(Charge, ref)
        if charge is not None:
            if charge.status != "pending":
                return self._settled(request, charge)
            return self._question(request, charge.amount, charge.description)
        pending = ledger.find(PendingSwap, ref)
        if pending is not None:
            if not pending.open:
                return self._closed(request, "expired")
            return self._question(request, ledger.get(InvoiceRecord, ref).amount, "")
        page = ledger.get(CheckoutPage, ref)
        state = checkouts.status_at(page, ledger.now)
        if state != "open" or not page.authenticating:
            return self._closed(request, "expired" if state == "open" else state)
        return self._question(request, page.amount, page.description)

    def answered(self, request: Request, ledger: Ledger, ref: str, *, succeed: bool) -> Response:
        if ledger.find(Charge, ref) is not None:
            return self._settled(request, charges.answer_bank(ledger, ref, succeed=succeed))
        if ledger.find(PendingSwap, ref) is not None:
            swaps.answer_bank(ledger, ref, succeed=succeed)
            return see_other(self.client.urls.invoice(ref))
        page = checkouts.answer_bank(ledger, ref, succeed=succeed)
        if page.status == "complete":
            return see_other(filled(page.success_url, page.id))
        return see_other(f"{self.client.urls.checkout(ref)}?error=authentication_failed")

    def _question(self, request: Request, amount: Money, description: str) -> Response:
        return self.render(request, "sandbox/bank.html", amount=amount, description=description)

    def _closed(self, request: Request, state: CheckoutStatus) -> Response:
        return self.render(request, "sandbox/closed.html", 410, state=state)

    def _settled(self, request: Request, charge: Charge) -> Response:
        return self.render(request, "sandbox/charge.html", charge=charge)
