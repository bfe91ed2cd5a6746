"""The page where a customer pays, and the bank's question after it."""

from __future__ import annotations

from fastapi import APIRouter
from fastapi.responses import Response

from gateways.port import CheckoutStatus
from gateways.return_url import filled
from gateways.sandbox import html
from gateways.sandbox.client import SandboxClient
from gateways.sandbox.forms import Fields, explained, see_other
from gateways.sandbox.simulation import charges, checkouts, swaps
from gateways.sandbox.simulation.cards import DECLINED, GOOD, SECURE, card
from gateways.sandbox.simulation.ledger import Ledger
from gateways.sandbox.simulation.records import (
    Charge,
    CheckoutPage,
    InvoiceRecord,
    PendingSwap,
    Price,
)

QUICK = {"approve": GOOD, "decline": DECLINED, "3ds": SECURE}
DECLINES = {
    "card_declined": "Your card was declined. Try another card.",
    "insufficient_funds": "Your card has insufficient funds. Try another card.",
    "authentication_failed": "Your bank could not confirm that it was you. Try again.",
}


def checkout_pages(client: SandboxClient) -> APIRouter:
    router = APIRouter(prefix="/sandbox", include_in_schema=False)

    @router.get("/checkout/{ref}")
    @explained
    def show(ref: str, error: str = "") -> Response:
        with client.state.transaction() as ledger:
            return _shown(ledger, ref, DECLINES.get(error, ""))

    @router.post("/checkout/{ref}")
    @explained
    def submit(ref: str, fields: Fields) -> Response:
        with client.state.transaction() as ledger:
            return _submitted(client, ledger, ref, fields)

    @router.get("/3ds/{ref}")
    @explained
    def ask(ref: str) -> Response:
        with client.state.transaction() as ledger:
            return _asked(ledger, ref)

    @router.post("/3ds/{ref}")
    @explained
    def answer(ref: str, fields: Fields) -> Response:
        if fields.get("answer") not in {"confirm", "fail"}:
            return ask(ref)
        succeed = fields["answer"] == "confirm"
        with client.state.transaction() as ledger:
            if ledger.find(Charge, ref) is not None:
                return _settled(charges.answer_bank(ledger, ref, succeed=succeed))
            if ledger.find(PendingSwap, ref) is not None:
                swaps.answer_bank(ledger, ref, succeed=succeed)
                return see_other(client.urls.invoice(ref))
            page = checkouts.answer_bank(ledger, ref, succeed=succeed)
        if page.status == "complete":
            return see_other(filled(page.success_url, page.id))
        return see_other(f"{client.urls.checkout(ref)}?error=authentication_failed")

    return router


def _shown(ledger: Ledger, ref: str, error: str = "", status: int = 200) -> Response:
    page = ledger.get(CheckoutPage, ref)
    state = checkouts.status_at(page, ledger.now)
    if state != "open":
        return _closed(state)
    price = ledger.get(Price, page.price) if page.price else None
    return html.page(
        page.description or "Payment",
        html.price(page.amount, price.interval if price else ""),
        html.error(error),
        html.form(
            html.card_field(invalid=bool(error)),
            '<button type="submit">Pay</button>',
        ),
        html.form(
            html.button("outcome", "approve", "Approve"),
            html.button("outcome", "decline", "Decline", quiet=True),
            html.button("outcome", "3ds", "3-D Secure", quiet=True),
            html.button("outcome", "leave", "Back without paying", quiet=True),
        ),
        html.card_table(),
        status=status,
    )


def _closed(state: CheckoutStatus) -> Response:
    if state == "complete":
        return html.page("Already paid", html.paragraph("This page has been paid."), status=410)
    text = "This page has expired or was replaced. Please start again."
    return html.page("Page closed", html.paragraph(text), status=410)


def _submitted(client: SandboxClient, ledger: Ledger, ref: str, fields: dict[str, str]) -> Response:
    page = ledger.get(CheckoutPage, ref)
    if checkouts.status_at(page, ledger.now) != "open":
        return _shown(ledger, ref)
    outcome = fields.get("outcome", "")
    if outcome == "leave":
        return see_other(page.cancel_url)
    number = QUICK.get(outcome) or fields.get("card", "")
    if card(number) is None:
        return _shown(ledger, ref, "This is not a test card number.", status=422)
    answer = checkouts.pay(ledger, ref, number)
    if answer == "ok":
        return see_other(filled(page.success_url, ref))
    if answer == "3ds":
        return see_other(client.urls.confirmation(ref))
    return _shown(ledger, ref, DECLINES[answer], status=402)


def _asked(ledger: Ledger, ref: str) -> Response:
    charge = ledger.find(Charge, ref)
    if charge is not None:
        if charge.status != "pending":
            return _settled(charge)
        return _question(html.price(charge.amount), charge.description)
    pending = ledger.find(PendingSwap, ref)
    if pending is not None:
        if not pending.open:
            return _closed("expired")
        return _question(html.price(ledger.get(InvoiceRecord, ref).amount), "Change of plan")
    page = ledger.get(CheckoutPage, ref)
    state = checkouts.status_at(page, ledger.now)
    if state != "open" or not page.authenticating:
        return _closed("expired" if state == "open" else state)
    return _question(html.price(page.amount), page.description)


def _question(amount: str, description: str) -> Response:
    return html.page(
        "Is it you?",
        html.paragraph(f"Your bank asks you to confirm this payment: {description}"),
        amount,
        html.form(
            html.button("answer", "confirm", "Confirm payment"),
            html.button("answer", "fail", "Fail authentication", quiet=True),
        ),
    )


def _settled(charge: Charge) -> Response:
    if charge.status == "succeeded":
        text = "The payment is confirmed. You can close this page."
        return html.page("Thank you", html.notice(text), html.price(charge.amount))
    reason = DECLINES.get(charge.decline_code, "The payment was not made.")
    return html.page("Payment failed", html.error(reason), html.price(charge.amount))
