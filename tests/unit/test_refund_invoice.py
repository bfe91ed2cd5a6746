"""How much of an invoice may be given back: never more than is left."""

from __future__ import annotations

import pytest

from services.billing.domain.account.refund import decide_refunded, decide_refuse_refund
from services.billing.domain.account.refund_invoice import decide_refund_invoice
from services.billing.domain.account.state import Account
from services.billing.domain.errors import InvoiceNotRefundable
from services.billing.domain.invoice.observe import decide_observe_invoice
from services.billing.domain.invoice.state import INVOICE, Invoice
from tests.support.accounts import NOW, subscribed
from tests.support.decider import Given, Outcome
from tests.support.invoices import dispute, invoice, refund


def known(**facts: object) -> Invoice:
    state = INVOICE.fold(None, decide_observe_invoice(None, "acme", invoice(**facts)))  # type: ignore[arg-type]
    assert state is not None
    return state


def ordered(
    account: Given[Account], amount: int | None, command: str = "rfd_1", of: Invoice | None = None
) -> Outcome:
    return account.when(decide_refund_invoice, of or known(), command, amount, "Billed twice", NOW)


def asked(amount: int, command: str = "rfd_1") -> Given[Account]:
    return subscribed().after(decide_refund_invoice, known(), command, amount, "Billed twice", NOW)


class TestDecideRefundInvoice:
    def test_without_an_amount_it_is_all_that_is_left(self) -> None:
        part = known(refunds=(refund("re_1", 1200),))
        [requested] = ordered(subscribed(), None, of=part).events
        assert requested.amount_cents == 1800  # type: ignore[attr-defined]

    @pytest.mark.parametrize(
        "facts",
        [
            {"status": "open"},
            {"refunds": (refund("re_1", 3000),)},
            {"disputes": (dispute(),)},
        ],
    )
    def test_nothing_is_left(self, facts: dict[str, object]) -> None:
        ordered(subscribed(), None, of=known(**facts)).then_refused(InvoiceNotRefundable)

    def test_what_is_on_its_way_counts_until_it_shows(self) -> None:
        account = asked(2000)
        ordered(account, 1001, "rfd_2").then_refused(InvoiceNotRefundable)
        account = account.after(decide_refunded, "rfd_1", "re_1", 2000, NOW)
        ordered(account, 1001, "rfd_2").then_refused(InvoiceNotRefundable)
        shown = known(refunds=(refund("re_1", 2000),))
        ordered(account, 1001, "rfd_2", shown).then_refused(InvoiceNotRefundable)
        assert len(ordered(account, 1000, "rfd_2", shown).events) == 1

    def test_what_was_refused_counts_no_more(self) -> None:
        account = asked(3000).after(decide_refuse_refund, "rfd_1", "gateway_rejected: No.", NOW)
        assert len(ordered(account, 3000, "rfd_2").events) == 1

    def test_the_same_command_decides_once(self) -> None:
        ordered(asked(2000), 2000).then()
