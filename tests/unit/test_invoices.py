"""What an invoice makes of its gateway's snapshots: given, when, then."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given as any_of
from hypothesis import strategies as st

from gateways.port import InvoiceSnapshot
from services.billing.domain.invoice import events
from services.billing.domain.invoice.observe import decide_observe_invoice
from services.billing.domain.invoice.share import unused
from services.billing.domain.invoice.state import INVOICE, Invoice
from tests.support.accounts import MONTH_END, NOW
from tests.support.decider import Given, Outcome, given
from tests.support.invoices import NOON, dispute, failed, invoice, line, refund

HALF = NOW + (MONTH_END - NOW) / 2


def seen(*snapshots: InvoiceSnapshot) -> Given[Invoice]:
    history = given(INVOICE)
    for each in snapshots:
        history = history.after(decide_observe_invoice, "acme", each)
    return history


def observing(snapshot: InvoiceSnapshot, *before: InvoiceSnapshot) -> Outcome:
    return seen(*before).when(decide_observe_invoice, "acme", snapshot)


class TestObserveInvoice:
    def test_a_draft_is_not_told(self) -> None:
        observing(invoice("draft")).then_nothing()

    def test_a_paid_one_was_issued_first_each_at_the_gateways_own_time(self) -> None:
        decided = observing(invoice("paid", day=5))
        decided.then_kinds(events.InvoiceIssued, events.InvoicePaid)
        assert [each.timestamp for each in decided.events] == [NOW, NOW + NOON]

    def test_as_issued_nothing_is_paid(self) -> None:
        issued = observing(invoice("paid")).events[0]
        assert isinstance(issued, events.InvoiceIssued)
        assert (issued.invoice.status, issued.invoice.paid) == ("open", 0)

    def test_the_same_again_is_nothing(self) -> None:
        full = invoice("paid", refunds=(refund("re_1", 500),), disputes=(dispute("won"),))
        observing(full, full).then_nothing()

    def test_a_failure_is_told_once(self) -> None:
        failing = invoice("open", failure=failed())
        observing(failing).then_kinds(events.InvoiceIssued, events.InvoicePaymentFailed)
        observing(failing, failing).then_nothing()
        again = invoice("open", failure=failed(hours=30))
        observing(again, failing).then_kinds(events.InvoicePaymentFailed)

    def test_what_is_paid_does_not_become_unpaid(self) -> None:
        for status in ("open", "draft", "uncollectible", "void"):
            observing(invoice(status, day=9, failure=failed()), invoice("paid")).then_nothing()

    def test_what_was_given_up_may_still_be_paid(self) -> None:
        observing(invoice("paid"), invoice("uncollectible")).then_kinds(events.InvoicePaid)

    def test_an_invoice_over_nothing_is_paid_with_nothing(self) -> None:
        free = seen(invoice("paid", total=0, discount=3000, paid=0, charge=None)).state
        assert (free.status, free.paid, free.kept) == ("paid", 0, 0)

    def test_a_part_that_was_paid_is_told(self) -> None:
        partly = invoice("open", paid=1000)
        observing(partly, invoice("open")).then_kinds(events.InvoiceAmended)
        assert seen(invoice("open"), partly).state.paid == 1000

    def test_a_later_due_date_is_told(self) -> None:
        first = invoice("open", due_at=NOW)
        observing(invoice("open", due_at=MONTH_END), first).then_kinds(events.InvoiceAmended)


class TestRefunds:
    def test_each_is_told_once_dated_by_the_gateway(self) -> None:
        decided = observing(invoice(refunds=(refund("re_1", 500, day=4),)), invoice())
        decided.then_kinds(events.InvoiceRefunded)
        assert decided.events[0].timestamp == NOW + timedelta(days=4)

    def test_what_is_on_its_way_counts_as_given_back(self) -> None:
        pending = invoice(refunds=(refund("re_1", 500, "pending"),))
        assert seen(pending).state.refunded == 500
        observing(invoice(refunds=(refund("re_1", 500),)), pending).then_nothing()

    def test_one_that_fails_after_it_was_told_is_here_again(self) -> None:
        told = invoice(refunds=(refund("re_1", 500),))
        failing = invoice(refunds=(refund("re_1", 500, "failed"),))
        observing(failing, told).then_kinds(events.InvoiceRefundFailed)
        assert seen(told, failing).state.kept == 3000


class TestDisputes:
    def test_an_open_one_holds_the_money(self) -> None:
        observing(invoice(disputes=(dispute(),)), invoice()).then_kinds(events.DisputeOpened)
        held = seen(invoice(disputes=(dispute(),))).state
        assert (held.status, held.disputed, held.kept) == ("paid", 3000, 0)

    def test_a_lost_one_leaves_an_invoice_that_nobody_pays(self) -> None:
        lost = seen(invoice(disputes=(dispute("lost"),))).state
        assert (lost.status, lost.paid, lost.disputed) == ("uncollectible", 3000, 3000)

    def test_a_won_one_gives_the_money_back(self) -> None:
        decided = observing(invoice(disputes=(dispute("won"),)), invoice(disputes=(dispute(),)))
        decided.then_kinds(events.DisputeClosed)
        won = seen(invoice(disputes=(dispute("won"),))).state
        assert (won.status, won.disputed, won.kept) == ("paid", 0, 3000)

    def test_one_about_a_part_leaves_the_rest_paid(self) -> None:
        lost = seen(invoice(disputes=(dispute("lost", 1000),))).state
        assert (lost.status, lost.kept) == ("paid", 2000)


STORY = [
    invoice("draft", 0),
    invoice("open", 1),
    invoice("open", 2, failure=failed()),
    invoice("uncollectible", 3, failure=failed(hours=40), paid=1000),
    invoice("paid", 4),
    invoice("paid", 5, refunds=(refund("re_1", 500, "pending"),)),
    invoice("paid", 6, refunds=(refund("re_1", 500), refund("re_2", 200))),
    invoice("paid", 7, refunds=(refund("re_1", 500, "failed"), refund("re_2", 200))),
    invoice(
        "paid", 8, refunds=(refund("re_1", 500, "failed"), refund("re_2", 200)),
        disputes=(dispute(amount=1000),),
    ),
    invoice(
        "paid", 9, refunds=(refund("re_1", 500, "failed"), refund("re_2", 200)),
        disputes=(dispute("lost", 1000),),
    ),
]  # fmt: skip


class TestAnyOrder:
    @any_of(st.lists(st.sampled_from(STORY)))
    def test_with_duplicates_and_losses_comes_to_the_same(
        self, heard: list[InvoiceSnapshot]
    ) -> None:
        assert seen(*heard, STORY[-1]).state == seen(*STORY).state
        assert seen(*heard, STORY[-1]).when(decide_observe_invoice, "acme", STORY[0]).events == []


class TestUnused:
    def test_is_the_rest_of_the_time_that_was_paid(self) -> None:
        assert unused(seen(invoice()).state, HALF) == 1500
        assert unused(seen(invoice()).state, NOW - timedelta(days=3)) == 3000
        assert unused(seen(invoice()).state, MONTH_END) == 0

    @pytest.mark.parametrize("status", ["open", "uncollectible", "void"])
    def test_is_nothing_of_what_nobody_paid(self, status: str) -> None:
        assert unused(seen(invoice(status)).state, HALF) == 0

    def test_is_a_share_of_what_was_really_paid(self) -> None:
        half_price = invoice(total=1500, discount=1500, paid=1500, lines=(line(1500),))
        assert unused(seen(half_price).state, HALF) == 750
        free = invoice(total=0, discount=3000, paid=0, lines=(line(0),))
        assert unused(seen(free).state, HALF) == 0

    def test_of_another_period_is_nothing(self) -> None:
        past = line(start=NOW - timedelta(days=30), end=NOW)
        assert unused(seen(invoice(lines=(past,))).state, HALF) == 0

    def test_a_set_up_fee_is_used(self) -> None:
        fee = line(5000, NOW, NOW)
        both = invoice(total=8000, subtotal=8000, paid=8000, lines=(line(), fee))
        assert unused(seen(both).state, HALF) == 1500

    def test_tax_is_given_back_with_its_part(self) -> None:
        taxed = invoice(total=3600, tax=600, paid=3600)
        assert unused(seen(taxed).state, HALF) == 1800

    def test_what_was_given_back_is_not_given_twice(self) -> None:
        refunded = invoice(refunds=(refund("re_1", 1000),))
        assert unused(seen(refunded).state, HALF) == 1000
        assert unused(seen(invoice(disputes=(dispute(),))).state, HALF) == 0

    def test_an_upgrade_pays_its_difference(self) -> None:
        upgraded = (line(-1500, HALF), line(4500, HALF))
        bought = invoice(total=3000, paid=3000, lines=upgraded)
        assert unused(seen(bought).state, HALF + (MONTH_END - HALF) / 2) == 1500

    def test_a_credit_counts_against_it(self) -> None:
        downgraded = (line(-4500, HALF), line(1500, HALF))
        credited = invoice(total=-3000, paid=0, lines=downgraded, charge=None)
        assert unused(seen(credited).state, HALF + (MONTH_END - HALF) / 2) == -1500

    def test_an_invoice_without_a_period_pays_for_the_one_it_was_made_in(self) -> None:
        bare = seen(invoice(lines=(line(start=None, end=None),))).state  # type: ignore[arg-type]
        assert unused(bare, HALF, (NOW, MONTH_END)) == 1500
        assert unused(bare, HALF, (MONTH_END, MONTH_END + timedelta(days=31))) == 0
        assert unused(bare, HALF) == 0

    @any_of(
        st.lists(st.integers(-5000, 5000), min_size=1, max_size=4),
        st.integers(0, 10_000),
        st.integers(-40, 70),
        st.lists(st.integers(1, 3000), max_size=3),
    )
    def test_is_never_more_than_is_kept(
        self, amounts: list[int], paid: int, day: int, given_back: list[int]
    ) -> None:
        refunds = tuple(refund(f"re_{n}", amount) for n, amount in enumerate(given_back))
        lines = tuple(line(amount) for amount in amounts)
        state = seen(invoice(lines=lines, paid=paid, refunds=refunds)).state
        assert unused(state, NOW + timedelta(days=day)) <= state.kept <= paid
