"""What is given back when two subscriptions were paid for the same time: by the invoices."""

from __future__ import annotations

from typing import Any

from gateways.port import InvoiceSnapshot
from services.billing.domain.account import events
from services.billing.domain.account.assign import decide_assign
from services.billing.domain.account.observe import decide_observe
from services.billing.domain.account.refund import decide_refunded, decide_refuse_refund
from services.billing.domain.account.refund_overlap import (
    decide_failed_refunds,
    decide_overlap_refunds,
)
from services.billing.domain.account.state import Account
from services.billing.domain.account.subscription import AgreedPrice
from services.billing.domain.invoice.observe import decide_observe_invoice
from services.billing.domain.invoice.state import INVOICE, Invoice
from services.billing.domain.terms import Price
from tests.support.accounts import DAY, MONTH_END, NOW, TEAM, checked_out, observation, subscribed
from tests.support.decider import Given, Outcome
from tests.support.invoices import dispute, invoice, line, refund

HALF = NOW + 15 * DAY


def replaced(at: Any = HALF) -> Given[Account]:
    """`sub_1` was superseded when half of its month was over, and has ended."""
    second = observation("sub_2", "active", 20, agreed=TEAM, at=at)
    both = checked_out("chk_2", TEAM, before=subscribed()).after(decide_observe, second)
    return both.after(decide_observe, observation("sub_1", "cancelled", 21, at=at))


def known(*snapshots: InvoiceSnapshot) -> list[Invoice]:
    found = []
    for each in snapshots:
        state = INVOICE.fold(None, decide_observe_invoice(None, "acme", each))
        found += [state] if state is not None else []
    return found


def deciding(account: Given[Account], *snapshots: InvoiceSnapshot) -> Outcome:
    [orphan] = account.state.orphans.values()
    return account.when(decide_overlap_refunds, orphan, known(*snapshots), HALF)


def amounts(outcome: Outcome) -> dict[str, int]:
    assert outcome.refusal is None
    return {each.invoice_ref: each.amount_cents for each in outcome.events}  # type: ignore[attr-defined]


class TestOverlapRefunds:
    def test_half_of_what_was_paid_for_the_month_is_due(self) -> None:
        assert amounts(deciding(replaced(), invoice())) == {"in_1": 1500}

    def test_nothing_while_the_renewal_is_a_draft_or_open(self) -> None:
        """Last month's payment is not touched."""
        december: dict[str, Any] = {
            "lines": (line(start=MONTH_END, end=MONTH_END + 31 * DAY),),
            "ref": "in_2",
        }
        account = replaced(MONTH_END + DAY)
        for status in ("draft", "open"):
            deciding(account, invoice(status, **december), invoice()).then_nothing()
        paid_later = deciding(account, invoice("paid", **december), invoice())
        assert amounts(paid_later) == {"in_2": 2903}

    def test_nothing_of_a_coupon(self) -> None:
        half_price = invoice(total=1500, discount=1500, paid=1500, lines=(line(1500),))
        assert amounts(deciding(replaced(), half_price)) == {"in_1": 750}
        free = invoice(total=0, discount=3000, paid=0, lines=(line(0),))
        deciding(replaced(), free).then_nothing()

    def test_an_upgrade_that_is_not_invoiced_yet_adds_nothing(self) -> None:
        assert amounts(deciding(replaced(), invoice())) == {"in_1": 1500}

    def test_each_payment_gives_back_its_own_part(self) -> None:
        upgrade = invoice(ref="in_2", total=1500, paid=1500, lines=(line(1500, NOW + 10 * DAY),))
        assert amounts(deciding(replaced(), upgrade, invoice())) == {"in_2": 1125, "in_1": 1500}

    def test_a_credit_that_was_given_is_not_given_again(self) -> None:
        credit = invoice(ref="in_2", total=-1000, paid=0, lines=(line(-1000, HALF),))
        assert amounts(deciding(replaced(), credit, invoice())) == {"in_1": 500}

    def test_what_went_back_or_is_disputed_is_not_given_twice(self) -> None:
        partly = invoice(refunds=(refund("re_1", 1000),))
        assert amounts(deciding(replaced(), partly)) == {"in_1": 1000}
        deciding(replaced(), invoice(refunds=(refund("re_1", 3000),))).then_nothing()
        deciding(replaced(), invoice(disputes=(dispute(),))).then_nothing()
        deciding(replaced(), invoice(disputes=(dispute("lost"),))).then_nothing()
        assert amounts(deciding(replaced(), invoice(disputes=(dispute("won"),)))) == {"in_1": 1500}

    def test_is_decided_once(self) -> None:
        account = replaced().and_then(*deciding(replaced(), invoice()).events)
        deciding(account, invoice()).then_nothing()
        given_back = account.after(decide_refunded, "overlap:sub_1:in_1", "re_1", 1500, NOW)
        deciding(given_back, invoice(refunds=(refund("re_1", 1500),))).then_nothing()

    def test_nothing_for_who_was_given_another_plan_by_hand(self) -> None:
        enterprise = AgreedPrice(plan="enterprise", price=Price(0, "USD", "year"))
        ending = observation("sub_1", "grace", 2, cancel_at=MONTH_END)
        assigned = subscribed().after(decide_observe, ending).after(decide_assign, enterprise, HALF)
        ended = assigned.after(decide_observe, observation("sub_1", "cancelled", 3, at=HALF))
        deciding(ended, invoice()).then_nothing()


class TestOutcomes:
    def test_what_is_refused_is_not_due_any_more(self) -> None:
        due = replaced().and_then(*deciding(replaced(), invoice()).events)
        refused = due.after(decide_refuse_refund, "overlap:sub_1:in_1", "no: never", NOW)
        assert refused.state.refunds_due == []
        deciding(refused, invoice()).then_nothing()

    def test_what_did_not_reach_the_payer_is_left_to_people(self) -> None:
        due = replaced().and_then(*deciding(replaced(), invoice()).events)
        given_back = due.after(decide_refunded, "overlap:sub_1:in_1", "re_1", 1500, NOW)
        failed = known(invoice(refunds=(refund("re_1", 1500, "failed"),)))
        given_back.when(decide_failed_refunds, failed, NOW).then_kinds(events.OverlapRefundRefused)
        given_back.after(decide_failed_refunds, failed, NOW).when(
            decide_failed_refunds, failed, NOW
        ).then_nothing()
