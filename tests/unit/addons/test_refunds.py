"""Giving money back: decided, asked for, confirmed, never too much."""

from __future__ import annotations

from dataclasses import replace

import pytest

from services.addons.domain.errors import (
    CannotRefund,
    RefundInProgress,
    RefundTooLarge,
)
from services.addons.domain.events import (
    AddonPurchaseStartedAgain,
    AddonRefunded,
    AddonRefundFailed,
    AddonRefundStarted,
)
from tests.support.aggregates import AT, fact
from tests.support.purchases import (
    ALL,
    PAID,
    PART,
    SECOND,
    History,
    cancelled,
    delivered,
    paid,
    started,
)


class TestRefund:
    def test_is_decided_before_it_counts(self) -> None:
        [(kind, facts)] = paid().when(lambda p: p.refund("pur_1", PART, AT)).recorded
        assert kind is AddonRefundStarted
        assert (facts["purchase"].status, facts["purchase"].refunded_cents) == ("paid", 0)

    def test_a_partial_one_leaves_the_status(self) -> None:
        history = paid()
        history.when(lambda p: p.refund("pur_1", PART, AT))
        history.when(lambda p: p.confirm_refund("pur_1", "rfd_1", "re_1", AT)).then(
            fact(
                AddonRefunded,
                purchase=replace(PAID, refunded_cents=9_900),
                refund_ref="re_1",
                amount_cents=9_900,
                reason="sorry",
            )
        )

    @pytest.mark.parametrize("history", [paid, delivered])
    def test_a_full_one_ends_the_purchase_and_frees_the_addon(self, history: History) -> None:
        purchases = history()
        purchases.when(lambda p: p.refund("pur_1", ALL, AT))
        [(_, facts)] = purchases.when(
            lambda p: p.confirm_refund("pur_1", "rfd_1", "re_1", AT)
        ).recorded
        assert (facts["purchase"].status, facts["purchase"].blocks) == ("refunded", False)
        purchases.when(lambda p: p.start(SECOND)).then(
            fact(AddonPurchaseStartedAgain, purchase=SECOND)
        )

    def test_confirming_twice_counts_once(self) -> None:
        history = paid()
        history.when(lambda p: p.refund("pur_1", PART, AT))
        history.when(lambda p: p.confirm_refund("pur_1", "rfd_1", "re_1", AT))
        history.when(lambda p: p.confirm_refund("pur_1", "rfd_1", "re_1", AT)).then_nothing()

    def test_the_same_refund_again_changes_nothing(self) -> None:
        history = paid()
        history.when(lambda p: p.refund("pur_1", PART, AT))
        history.when(lambda p: p.refund("pur_1", PART, AT)).then_nothing()

    def test_a_refused_one_gives_nothing_back_and_another_may_follow(self) -> None:
        history = paid()
        history.when(lambda p: p.refund("pur_1", ALL, AT))
        history.when(lambda p: p.fail_refund("pur_1", "rfd_1", "no", AT)).then(
            fact(
                AddonRefundFailed,
                purchase=PAID,
                refund_id="rfd_1",
                amount_cents=49_900,
                reason="no",
            )
        )
        again = replace(ALL, refund_id="rfd_2")
        assert history.when(lambda p: p.refund("pur_1", again, AT)).refusal is None

    def test_one_at_a_time(self) -> None:
        history = paid()
        history.when(lambda p: p.refund("pur_1", PART, AT))
        other = replace(PART, refund_id="rfd_2", amount_cents=1)
        history.when(lambda p: p.refund("pur_1", other, AT)).then_refused(RefundInProgress)

    def test_never_more_than_was_paid(self) -> None:
        history = paid()
        history.when(lambda p: p.refund("pur_1", PART, AT))
        history.when(lambda p: p.confirm_refund("pur_1", "rfd_1", "re_1", AT))
        too_much = replace(ALL, refund_id="rfd_2", amount_cents=40_001)
        refused = history.when(lambda p: p.refund("pur_1", too_much, AT)).then_refused(
            RefundTooLarge
        )
        assert refused.details["refundable_cents"] == 40_000

    @pytest.mark.parametrize("history", [started, cancelled])
    def test_nothing_that_was_not_paid(self, history: History) -> None:
        history().when(lambda p: p.refund("pur_1", ALL, AT)).then_refused(CannotRefund)
