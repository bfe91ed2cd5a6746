"""Giving money back: decided, asked for, confirmed, never too much."""

from __future__ import annotations

from dataclasses import replace

import pytest

from services.addons.domain.errors import CannotRefund, RefundInProgress, RefundTooLarge
from services.addons.domain.purchase.events import (
    AddonPurchaseStartedAgain,
    AddonRefunded,
    AddonRefundFailed,
    AddonRefundStarted,
)
from services.addons.domain.purchase.purchase import Purchase
from services.addons.domain.purchase.refund import (
    decide_confirm_refund,
    decide_refund,
)
from services.addons.domain.purchase.refuse_refund import decide_refuse_refund
from services.addons.domain.purchase.start import decide_start
from tests.support.decider import AT
from tests.support.purchases import (
    DELIVERED,
    PAID,
    SECOND,
    SUCCEEDED,
    PurchaseHistory,
    cancelled,
    delivered,
    open_refund,
    paid,
    started,
)

CONFIRMED = ("pur_1", "rfd_1", "re_1", AT)
REFUSED = ("pur_1", "rfd_1", "no")
part_refunding = paid.after(decide_refund, "pur_1", "rfd_1", 9_900, "sorry", AT)
part_refunded = part_refunding.after(decide_confirm_refund, *CONFIRMED)


class TestRefund:
    def test_is_decided_before_it_counts(self) -> None:
        refund = open_refund("rfd_1", 9_900, "sorry")
        paid.when(decide_refund, "pur_1", "rfd_1", 9_900, "sorry", AT).then(
            AddonRefundStarted(
                timestamp=AT,
                purchase=replace(PAID, refunds=(refund,)),
                refund_id="rfd_1",
                amount_cents=9_900,
                reason="sorry",
            )
        )

    def test_a_partial_one_leaves_the_status(self) -> None:
        part_refunding.when(decide_confirm_refund, *CONFIRMED).then(
            AddonRefunded(
                timestamp=AT,
                purchase=replace(PAID, refunded_cents=9_900),
                refund_ref="re_1",
                amount_cents=9_900,
                reason="sorry",
            )
        )

    @pytest.mark.parametrize(("history", "before"), [(paid, PAID), (delivered, DELIVERED)])
    def test_a_full_one_ends_the_purchase_and_frees_the_addon(
        self, history: PurchaseHistory, before: Purchase
    ) -> None:
        refunded = AddonRefunded(
            timestamp=AT,
            purchase=replace(before, status="refunded", blocks=False, refunded_cents=49_900),
            refund_ref="re_1",
            amount_cents=49_900,
            reason="sorry",
        )
        refunding = history.after(decide_refund, "pur_1", "rfd_1", None, "sorry", AT)
        refunding.when(decide_confirm_refund, *CONFIRMED).then(refunded)
        refunding.and_then(refunded).when(decide_start, SECOND).then(
            AddonPurchaseStartedAgain(timestamp=AT, purchase=SECOND)
        )

    def test_confirming_twice_counts_once(self) -> None:
        part_refunded.when(decide_confirm_refund, *CONFIRMED).then_nothing()

    def test_the_same_refund_again_changes_nothing(self) -> None:
        again = ("pur_1", "rfd_1", 9_900, "sorry", AT)
        part_refunding.when(decide_refund, *again).then_nothing()
        part_refunded.when(decide_refund, *again).then_nothing()

    def test_a_refused_one_gives_nothing_back_and_another_may_follow(self) -> None:
        refused = AddonRefundFailed(
            timestamp=AT, purchase=PAID, refund_id="rfd_1", amount_cents=49_900, reason="no"
        )
        refunding = paid.after(decide_refund, "pur_1", "rfd_1", 49_900, "sorry", AT)
        refunding.when(decide_refuse_refund, *REFUSED, SUCCEEDED, "rfd_9", AT).then(refused)
        refunding.when(decide_refuse_refund, *REFUSED, None, "rfd_9", AT).then(refused)
        again = refunding.and_then(refused).when(
            decide_refund, "pur_1", "rfd_2", 49_900, "sorry", AT
        )
        assert again.refusal is None

    def test_a_refused_one_tells_what_the_gateway_gave_back_otherwise(self) -> None:
        refused = AddonRefundFailed(
            timestamp=AT, purchase=PAID, refund_id="rfd_1", amount_cents=9_900, reason="no"
        )
        by_hand = AddonRefunded(
            timestamp=AT,
            purchase=replace(PAID, status="refunded", blocks=False, refunded_cents=49_900),
            refund_ref="ch_1",
            amount_cents=49_900,
            reason="refunded at the gateway",
        )
        seen = replace(SUCCEEDED, refunded_cents=49_900)
        refusal = part_refunding.when(decide_refuse_refund, *REFUSED, seen, "rfd_9", AT)
        refusal.then(refused, by_hand)
        confirmed = part_refunded.when(decide_refuse_refund, *REFUSED, seen, "rfd_9", AT)
        confirmed.then_nothing()

    def test_one_at_a_time(self) -> None:
        part_refunding.when(decide_refund, "pur_1", "rfd_2", 1, "sorry", AT).then_refused(
            RefundInProgress
        )

    def test_never_more_than_was_paid(self) -> None:
        refused = part_refunded.when(
            decide_refund, "pur_1", "rfd_2", 40_001, "sorry", AT
        ).then_refused(RefundTooLarge)
        assert refused.details["refundable_cents"] == 40_000

    @pytest.mark.parametrize("history", [started, cancelled])
    @pytest.mark.parametrize("amount_cents", [49_900, None])
    def test_nothing_that_was_not_paid(
        self, history: PurchaseHistory, amount_cents: int | None
    ) -> None:
        history.when(decide_refund, "pur_1", "rfd_1", amount_cents, "sorry", AT).then_refused(
            CannotRefund
        )
