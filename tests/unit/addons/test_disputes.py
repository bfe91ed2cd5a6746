"""What the payer's bank takes back, and refunds of which nothing comes."""

from __future__ import annotations

from dataclasses import replace

import pytest

from services.addons.domain.errors import CannotCancel, CannotDeliver, CannotRefund
from services.addons.domain.purchase.cancel import decide_cancel
from services.addons.domain.purchase.deliver import decide_deliver
from services.addons.domain.purchase.events import (
    AddonDisputeClosed,
    AddonDisputed,
    AddonPurchaseStartedAgain,
    AddonRefunded,
    AddonRefundFailed,
)
from services.addons.domain.purchase.observation import FailedRefund, Observation
from services.addons.domain.purchase.observe import decide_observe
from services.addons.domain.purchase.purchase import Dispute, Purchase
from services.addons.domain.purchase.refund import decide_refund
from services.addons.domain.purchase.start import decide_start
from tests.support.decider import AT, Outcome
from tests.support.purchases import (
    DELIVERED,
    PAID,
    SECOND,
    SUCCEEDED,
    PurchaseHistory,
    cancelled,
    delivered,
    paid,
)

OPEN = Dispute(ref="du_1", amount_cents=49_900, reason="fraudulent", status="open")
LOST, WON = replace(OPEN, status="lost"), replace(OPEN, status="won")
DISPUTED = AddonDisputed(timestamp=AT, purchase=replace(PAID, dispute=OPEN))
LOSS = AddonDisputeClosed(timestamp=AT, purchase=replace(PAID, dispute=LOST, blocks=False))
disputed = paid.and_then(DISPUTED)
lost = disputed.and_then(LOSS)


def seen_with(*disputes: Dispute) -> Observation:
    return replace(SUCCEEDED, disputes=disputes)


def see(history: PurchaseHistory, seen: Observation) -> Outcome:
    return history.when(decide_observe, "pur_1", seen, "rfd_9", AT)


class TestDispute:
    def test_is_shown_until_it_is_won(self) -> None:
        shown = [replace(PAID, dispute=each).shown_status for each in (None, OPEN, LOST, WON)]
        assert shown == ["paid", "disputed", "disputed", "paid"]

    def test_is_noticed_once(self) -> None:
        see(paid, seen_with(OPEN)).then(DISPUTED)
        see(disputed, seen_with(OPEN)).then_nothing()

    def test_a_won_one_leaves_the_purchase_as_it_was(self) -> None:
        won = AddonDisputeClosed(timestamp=AT, purchase=replace(PAID, dispute=WON))
        see(disputed, seen_with(WON)).then(won)
        see(disputed.and_then(won), seen_with(WON)).then_nothing()

    def test_a_lost_one_frees_the_addon(self) -> None:
        see(disputed, seen_with(LOST)).then(LOSS)
        lost.when(decide_start, SECOND).then(
            AddonPurchaseStartedAgain(timestamp=AT, purchase=SECOND)
        )

    def test_opened_and_lost_between_two_looks_are_two_events(self) -> None:
        see(paid, seen_with(LOST)).then(DISPUTED, LOSS)

    def test_won_after_all_it_blocks_again_unless_another_does(self) -> None:
        regained = replace(PAID, dispute=WON)
        see(lost, seen_with(WON)).then(AddonDisputeClosed(timestamp=AT, purchase=regained))
        bought_again = lost.and_then(AddonPurchaseStartedAgain(timestamp=AT, purchase=SECOND))
        left = replace(regained, blocks=False)
        see(bought_again, seen_with(WON)).then(AddonDisputeClosed(timestamp=AT, purchase=left))

    def test_the_open_one_of_several_matters(self) -> None:
        see(paid, seen_with(replace(WON, ref="du_0"), OPEN)).then(DISPUTED)

    @pytest.mark.parametrize("history", [disputed, lost])
    def test_meanwhile_nothing_is_delivered_cancelled_or_refunded(
        self, history: PurchaseHistory
    ) -> None:
        history.when(decide_deliver, "pur_1", AT).then_refused(CannotDeliver)
        history.when(decide_cancel, "pur_1", "rfd_9", AT).then_refused(CannotCancel)
        refused = history.when(decide_refund, "pur_1", "rfd_9", None, "sorry", AT).then_refused(
            CannotRefund
        )
        assert refused.details["status"] == "disputed"


class TestConfirmedRefundThatFails:
    @pytest.mark.parametrize(("history", "before"), [(paid, PAID), (delivered, DELIVERED)])
    def test_makes_the_purchase_again_what_it_was(
        self, history: PurchaseHistory, before: Purchase
    ) -> None:
        refunded = self.refunded(history, before)
        see(refunded, self.failed(49_900)).then(self.came_back(before))

    def test_blocks_only_where_nothing_else_does(self) -> None:
        again = AddonPurchaseStartedAgain(timestamp=AT, purchase=SECOND)
        bought_again = self.refunded(paid, PAID).and_then(again)
        see(bought_again, self.failed(49_900)).then(self.came_back(replace(PAID, blocks=False)))

    def test_is_believed_only_where_the_gateway_names_it(self) -> None:
        see(self.refunded(paid, PAID), SUCCEEDED).then_nothing()

    def test_leaves_a_cancelled_purchase_with_money_to_give_back(self) -> None:
        closed = replace(PAID, status="cancelled", blocks=False, refunded_cents=49_900)
        refunded = AddonRefunded(
            timestamp=AT, purchase=closed, refund_ref="re_1", amount_cents=49_900, reason="sorry"
        )
        kept = replace(closed, refunded_cents=0)
        see(cancelled.and_then(refunded), self.failed(49_900)).then(self.came_back(kept))
        assert kept.refundable_cents == 49_900

    @staticmethod
    def failed(amount_cents: int) -> Observation:
        failed = FailedRefund(ref="re_1", amount_cents=amount_cents)
        return replace(SUCCEEDED, failed_refunds=[failed])

    @staticmethod
    def refunded(history: PurchaseHistory, before: Purchase) -> PurchaseHistory:
        refunded = replace(before, status="refunded", blocks=False, refunded_cents=49_900)
        return history.and_then(
            AddonRefunded(
                timestamp=AT, purchase=refunded, refund_ref="re_1", amount_cents=1, reason="sorry"
            )
        )

    @staticmethod
    def came_back(purchase: Purchase) -> AddonRefundFailed:
        return AddonRefundFailed(
            timestamp=AT,
            purchase=purchase,
            refund_id="re_1",
            amount_cents=49_900,
            reason="the refund failed after it was confirmed",
        )
