"""What is Razorpay's own, beyond the port: notes, limits, statuses, plans."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateways.port import GatewayRejected, GatewayUnavailable, PlanSpec, Status
from gateways.razorpay.metadata import OurNotes
from kernel.money import Money
from tests.support.gateway_steps import (
    PRO,
    checkout_request,
    started,
    subscribed,
    synced,
)
from tests.support.razorpay_driver import PUBLIC_URL, RazorpayDriver
from tests.support.razorpay_driver import driver as open_driver

words = st.text(st.characters(max_codepoint=0x24F, exclude_categories=["Cs"]), max_size=40)


@pytest.fixture
def razorpay() -> Iterator[RazorpayDriver]:
    with open_driver() as opened:
        yield opened


class TestNotes:
    @given(words, words, st.none() | words.filter(bool), words, words)
    def test_come_back_as_they_were_sent(
        self, command: str, workspace: str, replaces: str | None, success: str, cancel: str
    ) -> None:
        notes = OurNotes(command, workspace, replaces, success * 30, cancel)
        assert OurNotes.unpacked(notes.packed()) == notes
        assert len(notes.packed()) <= 15
        assert all(len(value) <= 256 for value in notes.packed().values())

    def test_an_address_that_does_not_fit_is_refused_not_cut(self) -> None:
        with pytest.raises(GatewayRejected):
            OurNotes("chk_1", "acme", success_url="https://app.example/" + "x" * 1300).packed()

    @pytest.mark.parametrize("notes", [None, [], {}, {"command_id": 7}])
    def test_somebody_else_s_are_nobody_s(self, notes: object) -> None:
        assert OurNotes.unpacked(notes) == OurNotes()


class TestCheckout:
    def test_it_is_a_page_of_ours_that_closes_within_a_day(self, razorpay: RazorpayDriver) -> None:
        checkout = started(razorpay)
        assert checkout.url == f"{PUBLIC_URL}/razorpay/checkout/{checkout.ref}"
        assert checkout.expires_at == razorpay.now() + timedelta(hours=24)
        razorpay.advance(timedelta(hours=25))
        assert razorpay.gateway.checkouts.fetch(checkout.ref).status == "expired"

    def test_a_lost_answer_is_found_by_its_command(self, razorpay: RazorpayDriver) -> None:
        request = checkout_request(synced(razorpay).price)
        razorpay.double.break_next("timeout_after_effect", method="POST")
        with pytest.raises(GatewayUnavailable):
            razorpay.gateway.checkouts.start(request)
        razorpay.gateway.checkouts.start(request)
        assert razorpay.effects("checkout") == 1

    @pytest.mark.parametrize(("interval", "cycles"), [("month", 360), ("year", 30)])
    def test_it_runs_for_thirty_years(
        self, razorpay: RazorpayDriver, interval: str, cycles: int
    ) -> None:
        plan = PlanSpec("pro", "Pro", PRO.price, "year" if interval == "year" else "month")
        ref = subscribed(razorpay, plan).ref
        assert razorpay.double.subscriptions[ref]["total_count"] == cycles

    def test_more_than_a_page_of_subscriptions_is_listed(self, razorpay: RazorpayDriver) -> None:
        ref = started(razorpay).ref
        template = razorpay.double.subscriptions[ref]
        for number in range(150):
            copied = f"sub_copy{number:010d}"
            razorpay.double.subscriptions[copied] = {**template, "id": copied}
        assert len({seen.ref for seen in razorpay.gateway.subscriptions.list_all()}) == 151


class TestStatuses:
    @pytest.mark.parametrize(
        ("raw", "status"),
        [
            ("created", "pending"),
            ("authenticated", "pending"),
            ("active", "active"),
            ("pending", "past_due"),
            ("halted", "suspended"),
            ("paused", "paused"),
            ("cancelled", "cancelled"),
            ("completed", "expired"),
            ("expired", "expired"),
            ("something_new", "unknown"),
        ],
    )
    def test_each_has_a_neutral_word(
        self, razorpay: RazorpayDriver, raw: str, status: Status
    ) -> None:
        ref = subscribed(razorpay).ref
        razorpay.double.subscriptions[ref]["status"] = raw
        seen = razorpay.gateway.subscriptions.fetch(ref)
        assert (seen.status, seen.raw_status) == (status, raw)

    def test_authenticated_with_a_later_start_is_trialing(self, razorpay: RazorpayDriver) -> None:
        ref = subscribed(razorpay).ref
        later = int((razorpay.now() + timedelta(days=7)).timestamp())
        razorpay.double.subscriptions[ref] |= {"status": "authenticated", "start_at": later}
        assert razorpay.gateway.subscriptions.fetch(ref).status == "trialing"

    def test_every_seat_is_counted(self, razorpay: RazorpayDriver) -> None:
        ref = subscribed(razorpay).ref
        razorpay.double.subscriptions[ref]["quantity"] = 3
        seen = razorpay.gateway.subscriptions.fetch(ref)
        assert seen.price == Money(PRO.price.amount * 3, "USD")


class TestPlans:
    @pytest.mark.parametrize(("amount", "currency"), [(500, "JPY"), (1500, "KWD"), (4900, "INR")])
    def test_amounts_are_minor_units(
        self, razorpay: RazorpayDriver, amount: int, currency: str
    ) -> None:
        made = synced(razorpay, PlanSpec("pro", "Pro", Money(amount, currency), "month"))
        assert razorpay.double.plans[made.price]["item"]["amount"] == amount

    def test_going_back_to_an_old_price_uses_the_old_plan(self, razorpay: RazorpayDriver) -> None:
        first = synced(razorpay)
        dearer = PlanSpec(PRO.slug, PRO.name, Money(5900, "USD"), "month")
        second = razorpay.gateway.catalogue.ensure_plan("dearer", dearer, first)
        assert razorpay.gateway.catalogue.ensure_plan("back", PRO, second).price == first.price
        assert razorpay.effects("price") == 2
