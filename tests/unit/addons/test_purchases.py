"""Decisions about a workspace's purchases of one add-on."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import get_args

import pytest

from gateways.port import ChargeStatus
from services.addons.domain.addon.entry import CreditGrant
from services.addons.domain.errors import (
    AddonAlreadyPurchased,
    CannotCancel,
    CannotDeliver,
    CannotReopen,
    PurchaseNotFound,
    RefundInProgress,
)
from services.addons.domain.purchase.cancel import decide_cancel
from services.addons.domain.purchase.deliver import decide_deliver
from services.addons.domain.purchase.events import (
    AddonCancelled,
    AddonChargeIdentified,
    AddonConfirmationRequired,
    AddonDelivered,
    AddonPaid,
    AddonPaidTooLate,
    AddonPaymentFailed,
    AddonPurchaseStarted,
    AddonPurchaseStartedAgain,
    AddonRefunded,
    AddonRefundStarted,
    AddonReopened,
    DeliveryTeamPaged,
)
from services.addons.domain.purchase.notify_team import decide_notify_team
from services.addons.domain.purchase.observation import Observation
from services.addons.domain.purchase.observe import decide_observe
from services.addons.domain.purchase.purchase import Purchase
from services.addons.domain.purchase.refund import decide_refund
from services.addons.domain.purchase.reopen import decide_reopen
from services.addons.domain.purchase.start import decide_start
from services.addons.domain.purchase.state import PURCHASES
from tests.support.decider import AT, Outcome, given
from tests.support.purchases import (
    CANCELLED,
    DELIVERED,
    FAILED,
    PAID,
    SECOND,
    STARTED,
    SUCCEEDED,
    PurchaseHistory,
    cancelled,
    delivered,
    open_refund,
    paid,
    started,
)


def see(history: PurchaseHistory, seen: Observation) -> Outcome:
    return history.when(decide_observe, "pur_1", seen, "rfd_9", AT)


def after_seeing(history: PurchaseHistory, seen: Observation) -> PurchaseHistory:
    return history.after(decide_observe, "pur_1", seen, "rfd_9", AT)


class TestStart:
    def test_the_first_one_begins_the_stream(self) -> None:
        given(PURCHASES).when(decide_start, STARTED).then(
            AddonPurchaseStarted(timestamp=AT, purchase=STARTED)
        )

    @pytest.mark.parametrize("history", [started, paid, delivered])
    def test_is_refused_while_one_is_pending_paid_or_delivered(
        self, history: PurchaseHistory
    ) -> None:
        refused = history.when(decide_start, SECOND).then_refused(AddonAlreadyPurchased)
        assert refused.details["purchase_id"] == "pur_1"

    def test_is_free_after_a_failure(self) -> None:
        history = started.and_then(AddonPaymentFailed(timestamp=AT, purchase=FAILED))
        history.when(decide_start, SECOND).then(
            AddonPurchaseStartedAgain(timestamp=AT, purchase=SECOND)
        )

    def test_is_free_after_a_cancellation(self) -> None:
        cancelled.when(decide_start, SECOND).then(
            AddonPurchaseStartedAgain(timestamp=AT, purchase=SECOND)
        )

    def test_is_free_once_a_delivered_one_is_reopened(self) -> None:
        history = delivered.and_then(
            AddonReopened(timestamp=AT, purchase=replace(DELIVERED, blocks=False))
        )
        history.when(decide_start, SECOND).then(
            AddonPurchaseStartedAgain(timestamp=AT, purchase=SECOND)
        )


class TestObserve:
    def test_money_that_arrived_pays(self) -> None:
        see(started, SUCCEEDED).then(AddonPaid(timestamp=AT, purchase=PAID))

    def test_a_hosted_checkout_or_bank_that_waits_is_recorded_once(self) -> None:
        waiting = Observation(status="pending", charge_ref="ch_1", confirmation_url="https://3ds")
        known = replace(STARTED, charge_ref="ch_1", confirmation_url="https://3ds")
        see(started, waiting).then(AddonConfirmationRequired(timestamp=AT, purchase=known))
        see(after_seeing(started, waiting), waiting).then_nothing()

    def test_why_an_attempt_was_refused_is_kept_until_another_pays(self) -> None:
        refused = Observation(status="pending", charge_ref="ch_1", decline_code="PAYER_ACTION")
        known = replace(STARTED, charge_ref="ch_1", decline_code="PAYER_ACTION")
        see(started, refused).then(AddonConfirmationRequired(timestamp=AT, purchase=known))
        history = after_seeing(started, refused)
        see(history, replace(refused, decline_code=None)).then_nothing()
        see(history, SUCCEEDED).then(AddonPaid(timestamp=AT, purchase=PAID))

    def test_a_decline_fails_with_its_code(self) -> None:
        seen = Observation(status="failed", charge_ref="ch_1", decline_code="insufficient_funds")
        see(started, seen).then(AddonPaymentFailed(timestamp=AT, purchase=FAILED))

    def test_a_charge_cancelled_at_the_gateway_fails(self) -> None:
        seen = Observation(status="cancelled", charge_ref="ch_1")
        see(started, seen).then(
            AddonPaymentFailed(
                timestamp=AT, purchase=replace(FAILED, decline_code="payment_cancelled")
            )
        )

    @pytest.mark.parametrize("status", get_args(ChargeStatus))
    def test_never_moves_what_is_paid_backward(self, status: ChargeStatus) -> None:
        seen = Observation(status=status, charge_ref="ch_1")
        see(paid, seen).then_nothing()
        see(delivered, seen).then_nothing()

    def test_money_for_a_cancelled_purchase_goes_back(self) -> None:
        late = replace(CANCELLED, captured=True, charge_ref="ch_1")
        refund = open_refund("rfd_9", 49_900, "paid after it was closed")
        see(cancelled, SUCCEEDED).then(
            AddonPaidTooLate(timestamp=AT, purchase=late),
            AddonRefundStarted(
                timestamp=AT,
                purchase=replace(late, refunds=(refund,)),
                refund_id="rfd_9",
                amount_cents=49_900,
                reason="paid after it was closed",
            ),
        )

    def test_references_learned_after_closing_are_kept(self) -> None:
        seen = Observation(status="pending", checkout_ref="cs_1", confirmation_url="https://page")
        see(cancelled, seen).then(
            AddonChargeIdentified(timestamp=AT, purchase=replace(CANCELLED, checkout_ref="cs_1"))
        )
        see(after_seeing(cancelled, seen), seen).then_nothing()

    def test_a_refund_made_at_the_gateway_is_noticed_once(self) -> None:
        seen = replace(SUCCEEDED, refunded_cents=10_000)
        see(paid, seen).then(
            AddonRefunded(
                timestamp=AT,
                purchase=replace(PAID, refunded_cents=10_000),
                refund_ref="ch_1",
                amount_cents=10_000,
                reason="refunded at the gateway",
            )
        )
        see(after_seeing(paid, seen), seen).then_nothing()

    def test_while_a_refund_of_ours_is_open_the_sum_says_nothing(self) -> None:
        history = paid.after(decide_refund, "pur_1", "rfd_1", 9_900, "sorry", AT)
        see(history, replace(SUCCEEDED, refunded_cents=9_900)).then_nothing()

    def test_of_an_unknown_purchase_is_refused(self) -> None:
        started.when(decide_observe, "pur_9", SUCCEEDED, "rfd_9", AT).then_refused(PurchaseNotFound)


class TestDeliver:
    def test_a_paid_purchase(self) -> None:
        paid.when(decide_deliver, "pur_1", AT).then(
            AddonDelivered(timestamp=AT, purchase=DELIVERED)
        )

    @pytest.mark.parametrize("history", [started, delivered, cancelled])
    def test_nothing_else(self, history: PurchaseHistory) -> None:
        history.when(decide_deliver, "pur_1", AT).then_refused(CannotDeliver)

    def test_not_while_its_money_goes_back(self) -> None:
        history = paid.after(decide_refund, "pur_1", "rfd_1", None, "sorry", AT)
        history.when(decide_deliver, "pur_1", AT).then_refused(RefundInProgress)


class TestCancel:
    def test_a_pending_purchase(self) -> None:
        started.when(decide_cancel, "pur_1", "rfd_9", AT).then(
            AddonCancelled(timestamp=AT, purchase=CANCELLED)
        )

    def test_a_paid_one_gives_its_money_back(self) -> None:
        closed = replace(PAID, status="cancelled", blocks=False)
        refund = open_refund("rfd_9", 49_900, "cancelled before delivery")
        paid.when(decide_cancel, "pur_1", "rfd_9", AT).then(
            AddonCancelled(timestamp=AT, purchase=closed),
            AddonRefundStarted(
                timestamp=AT,
                purchase=replace(closed, refunds=(refund,)),
                refund_id="rfd_9",
                amount_cents=49_900,
                reason="cancelled before delivery",
            ),
        )

    @pytest.mark.parametrize("history", [delivered, cancelled])
    def test_nothing_else(self, history: PurchaseHistory) -> None:
        history.when(decide_cancel, "pur_1", "rfd_9", AT).then_refused(CannotCancel)


class TestReopen:
    def test_a_delivered_purchase_once(self) -> None:
        reopened = AddonReopened(timestamp=AT, purchase=replace(DELIVERED, blocks=False))
        delivered.when(decide_reopen, "pur_1", AT).then(reopened)
        delivered.and_then(reopened).when(decide_reopen, "pur_1", AT).then_refused(CannotReopen)

    @pytest.mark.parametrize("history", [started, paid, cancelled])
    def test_nothing_else(self, history: PurchaseHistory) -> None:
        history.when(decide_reopen, "pur_1", AT).then_refused(CannotReopen)


class TestNotifyTeam:
    def test_is_recorded_once(self) -> None:
        notified = DeliveryTeamPaged(
            timestamp=AT, purchase=replace(PAID, paged=True), message_id="<m>"
        )
        paid.when(decide_notify_team, "pur_1", "<m>", AT).then(notified)
        paid.and_then(notified).when(decide_notify_team, "pur_1", "<m>", AT).then_nothing()


class TestLookAgain:
    def test_the_older_the_more_seldom(self) -> None:
        pauses = []
        for age in (timedelta(0), timedelta(hours=1), timedelta(days=30)):
            now = AT + age
            again = STARTED.look_again_at(now, changed=False)
            assert again is not None
            pauses.append(again - now)
        assert pauses == [timedelta(minutes=2), timedelta(minutes=15), timedelta(days=1)]

    @pytest.mark.parametrize("purchase", [STARTED, PAID, FAILED, DELIVERED])
    def test_soon_after_a_change_at_any_age(self, purchase: Purchase) -> None:
        now = AT + timedelta(days=30)
        assert purchase.look_again_at(now, changed=True) == now + timedelta(minutes=2)

    @pytest.mark.parametrize("purchase", [PAID, DELIVERED])
    def test_what_is_paid_seldom_and_not_for_ever(self, purchase: Purchase) -> None:
        pauses = [timedelta(days=1), timedelta(days=5), timedelta(days=7)]
        for age, pause in zip((0, 10, 100), pauses, strict=True):
            now = AT + timedelta(days=age)
            assert purchase.look_again_at(now, changed=False) == now + pause
        assert purchase.look_again_at(AT + timedelta(days=120), changed=False) is None

    def test_never_again_what_failed(self) -> None:
        assert FAILED.look_again_at(AT, changed=False) is None

    def test_late_money_is_awaited_for_a_while(self) -> None:
        assert CANCELLED.look_again_at(AT, changed=False) is not None
        assert CANCELLED.look_again_at(datetime(2027, 11, 22, tzinfo=UTC), changed=False) is None


CREDITS = replace(PAID, blocks=False, grants=(CreditGrant(meter="tokens", amount=1000),))


class TestCredits:
    def test_are_bought_again_and_again(self) -> None:
        again = replace(CREDITS, purchase_id="pur_2", status="pending", captured=False)
        bought = PURCHASES.evolve(None, AddonPaid(timestamp=AT, purchase=CREDITS))
        [started] = decide_start(bought, again)
        assert isinstance(started, AddonPurchaseStartedAgain)

    def test_that_are_paid_for_can_only_be_refunded(self) -> None:
        bought = PURCHASES.evolve(None, AddonPaid(timestamp=AT, purchase=CREDITS))
        with pytest.raises(CannotCancel):
            decide_cancel(bought, CREDITS.purchase_id, "rfd_1", AT)
        with pytest.raises(CannotDeliver):
            decide_deliver(bought, CREDITS.purchase_id, AT)
        assert decide_refund(bought, CREDITS.purchase_id, "rfd_1", None, "unused", AT)
