"""Decisions about a workspace's purchases of one add-on."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import get_args

import pytest

from gateways.port import ChargeStatus
from services.addons.domain.errors import (
    AddonAlreadyPurchased,
    CannotCancel,
    CannotDeliver,
    CannotReopen,
    PurchaseNotFound,
    RefundInProgress,
)
from services.addons.domain.events import (
    AddonCancelled,
    AddonChargeIdentified,
    AddonConfirmationRequired,
    AddonDelivered,
    AddonPaid,
    AddonPaidTooLate,
    AddonPaymentFailed,
    AddonPurchaseStartedAgain,
    AddonRefunded,
    AddonRefundStarted,
    AddonReopened,
    DeliveryTeamPaged,
)
from services.addons.domain.facts import Observation, OpenRefund, Purchase
from tests.support.aggregates import AT, fact
from tests.support.purchases import (
    ALL,
    CANCELLED,
    DELIVERED,
    FAILED,
    PAID,
    PART,
    SECOND,
    STARTED,
    SUCCEEDED,
    History,
    cancelled,
    delivered,
    paid,
    see,
    started,
)


class TestStart:
    @pytest.mark.parametrize("history", [started, paid, delivered])
    def test_is_refused_while_one_is_pending_paid_or_delivered(self, history: History) -> None:
        refused = history().when(lambda p: p.start(SECOND)).then_refused(AddonAlreadyPurchased)
        assert refused.details["purchase_id"] == "pur_1"

    def test_is_free_after_a_failure(self) -> None:
        history = started().and_then(fact(AddonPaymentFailed, purchase=FAILED))
        history.when(lambda p: p.start(SECOND)).then(
            fact(AddonPurchaseStartedAgain, purchase=SECOND)
        )

    def test_is_free_after_a_cancellation(self) -> None:
        cancelled().when(lambda p: p.start(SECOND)).then(
            fact(AddonPurchaseStartedAgain, purchase=SECOND)
        )

    def test_is_free_once_a_delivered_one_is_reopened(self) -> None:
        history = delivered().and_then(
            fact(AddonReopened, purchase=replace(DELIVERED, blocks=False))
        )
        history.when(lambda p: p.start(SECOND)).then(
            fact(AddonPurchaseStartedAgain, purchase=SECOND)
        )


class TestObserve:
    def test_money_that_arrived_pays(self) -> None:
        started().when(lambda p: see(p, SUCCEEDED)).then(fact(AddonPaid, purchase=PAID))

    def test_a_page_or_bank_that_waits_is_told_once(self) -> None:
        waiting = Observation(status="pending", charge_ref="ch_1", confirmation_url="https://3ds")
        known = replace(STARTED, charge_ref="ch_1", confirmation_url="https://3ds")
        history = started()
        history.when(lambda p: see(p, waiting)).then(
            fact(AddonConfirmationRequired, purchase=known)
        )
        history.when(lambda p: see(p, waiting)).then_nothing()

    def test_a_decline_fails_with_its_code(self) -> None:
        seen = Observation(status="failed", charge_ref="ch_1", decline_code="insufficient_funds")
        started().when(lambda p: see(p, seen)).then(fact(AddonPaymentFailed, purchase=FAILED))

    def test_a_charge_cancelled_at_the_gateway_fails(self) -> None:
        seen = Observation(status="cancelled", charge_ref="ch_1")
        [(kind, facts)] = started().when(lambda p: see(p, seen)).recorded
        assert (kind, facts["purchase"].decline_code) == (AddonPaymentFailed, "payment_cancelled")

    @pytest.mark.parametrize("status", get_args(ChargeStatus))
    def test_never_moves_what_is_paid_backward(self, status: ChargeStatus) -> None:
        seen = Observation(status=status, charge_ref="ch_1")
        paid().when(lambda p: see(p, seen)).then_nothing()
        delivered().when(lambda p: see(p, seen)).then_nothing()

    def test_money_for_a_cancelled_purchase_goes_back(self) -> None:
        late = replace(CANCELLED, captured=True, charge_ref="ch_1")
        refund = OpenRefund(
            refund_id="rfd_9", amount_cents=49_900, reason="paid after it was closed"
        )
        cancelled().when(lambda p: see(p, SUCCEEDED)).then(
            fact(AddonPaidTooLate, purchase=late),
            fact(
                AddonRefundStarted,
                purchase=replace(late, refunds=(refund,)),
                refund_id="rfd_9",
                amount_cents=49_900,
                reason="paid after it was closed",
            ),
        )

    def test_references_learned_after_closing_are_kept(self) -> None:
        seen = Observation(status="pending", checkout_ref="cs_1", confirmation_url="https://page")
        history = cancelled()
        history.when(lambda p: see(p, seen)).then(
            fact(AddonChargeIdentified, purchase=replace(CANCELLED, checkout_ref="cs_1"))
        )
        history.when(lambda p: see(p, seen)).then_nothing()

    def test_a_refund_made_at_the_gateway_is_noticed_once(self) -> None:
        seen = replace(SUCCEEDED, refunded_cents=10_000)
        history = paid()
        history.when(lambda p: see(p, seen)).then(
            fact(
                AddonRefunded,
                purchase=replace(PAID, refunded_cents=10_000),
                refund_ref="ch_1",
                amount_cents=10_000,
                reason="refunded at the gateway",
            )
        )
        history.when(lambda p: see(p, seen)).then_nothing()

    def test_while_a_refund_of_ours_is_open_the_sum_says_nothing(self) -> None:
        history = paid()
        history.when(lambda p: p.refund("pur_1", PART, AT))
        history.when(lambda p: see(p, replace(SUCCEEDED, refunded_cents=9_900))).then_nothing()

    def test_of_an_unknown_purchase_is_refused(self) -> None:
        started().when(lambda p: p.observe("pur_9", SUCCEEDED, "rfd_9", AT)).then_refused(
            PurchaseNotFound
        )


class TestDeliver:
    def test_a_paid_purchase(self) -> None:
        paid().when(lambda p: p.deliver("pur_1", AT)).then(fact(AddonDelivered, purchase=DELIVERED))

    @pytest.mark.parametrize("history", [started, delivered, cancelled])
    def test_nothing_else(self, history: History) -> None:
        history().when(lambda p: p.deliver("pur_1", AT)).then_refused(CannotDeliver)

    def test_not_while_its_money_goes_back(self) -> None:
        history = paid()
        history.when(lambda p: p.refund("pur_1", ALL, AT))
        history.when(lambda p: p.deliver("pur_1", AT)).then_refused(RefundInProgress)


class TestCancel:
    def test_a_pending_purchase(self) -> None:
        started().when(lambda p: p.cancel("pur_1", "rfd_9", AT)).then(
            fact(AddonCancelled, purchase=CANCELLED)
        )

    def test_a_paid_one_gives_its_money_back(self) -> None:
        closed = replace(PAID, status="cancelled", blocks=False)
        refund = OpenRefund(
            refund_id="rfd_9", amount_cents=49_900, reason="cancelled before delivery"
        )
        paid().when(lambda p: p.cancel("pur_1", "rfd_9", AT)).then(
            fact(AddonCancelled, purchase=closed),
            fact(
                AddonRefundStarted,
                purchase=replace(closed, refunds=(refund,)),
                refund_id="rfd_9",
                amount_cents=49_900,
                reason="cancelled before delivery",
            ),
        )

    @pytest.mark.parametrize("history", [delivered, cancelled])
    def test_nothing_else(self, history: History) -> None:
        history().when(lambda p: p.cancel("pur_1", "rfd_9", AT)).then_refused(CannotCancel)


class TestReopen:
    def test_a_delivered_purchase_once(self) -> None:
        history = delivered()
        history.when(lambda p: p.reopen("pur_1", AT)).then(
            fact(AddonReopened, purchase=replace(DELIVERED, blocks=False))
        )
        history.when(lambda p: p.reopen("pur_1", AT)).then_refused(CannotReopen)

    @pytest.mark.parametrize("history", [started, paid, cancelled])
    def test_nothing_else(self, history: History) -> None:
        history().when(lambda p: p.reopen("pur_1", AT)).then_refused(CannotReopen)


class TestPage:
    def test_is_noted_once(self) -> None:
        history = paid()
        history.when(lambda p: p.note_page("pur_1", "<m>", AT)).then(
            fact(DeliveryTeamPaged, purchase=replace(PAID, paged=True), message_id="<m>")
        )
        history.when(lambda p: p.note_page("pur_1", "<m>", AT)).then_nothing()


class TestLookAgain:
    def test_the_older_the_more_seldom(self) -> None:
        pauses = []
        for age in (timedelta(0), timedelta(hours=1), timedelta(days=30)):
            now = AT + age
            again = STARTED.look_again_at(now, changed=False)
            assert again is not None
            pauses.append(again - now)
        assert pauses == [timedelta(minutes=2), timedelta(minutes=15), timedelta(days=1)]

    def test_soon_after_a_change_at_any_age(self) -> None:
        now = AT + timedelta(days=30)
        assert STARTED.look_again_at(now, changed=True) == now + timedelta(minutes=2)

    @pytest.mark.parametrize("purchase", [PAID, FAILED, DELIVERED])
    def test_never_where_nothing_is_open(self, purchase: Purchase) -> None:
        assert purchase.look_again_at(AT, changed=True) is None

    def test_late_money_is_awaited_for_a_while(self) -> None:
        assert CANCELLED.look_again_at(AT, changed=False) is not None
        assert CANCELLED.look_again_at(datetime(2027, 11, 22, tzinfo=UTC), changed=False) is None
