"""Decisions about a workspace's purchases of one add-on."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from services.addons.domain.errors import (
    AddonAlreadyPurchased,
    CannotCancel,
    CannotDeliver,
    CannotRefund,
    CannotReopen,
    PurchaseNotFound,
    RefundInProgress,
    RefundTooLarge,
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
    AddonRefundFailed,
    AddonRefundStarted,
    AddonReopened,
    DeliveryTeamPaged,
)
from services.addons.domain.facts import Buyer, Observation, OpenRefund, Purchase
from services.addons.domain.purchases import Purchases
from tests.support.decider import AT, Given, fact, given

STARTED = Purchase(
    purchase_id="pur_1",
    workspace_id="acme",
    addon="setup",
    addon_name="Set-up",
    price_cents=49_900,
    currency="EUR",
    buyer=Buyer(subject="ann"),
    gateway="stripe",
    customer="cus_1",
    payment_method="pm_1",
    success_url="https://app.example/ok",
    cancel_url="https://app.example/no",
    started_at=AT,
)
PAID = replace(STARTED, status="paid", captured=True, charge_ref="ch_1")
FAILED = replace(
    STARTED, status="failed", blocks=False, charge_ref="ch_1", decline_code="insufficient_funds"
)
DELIVERED = replace(PAID, status="delivered")
CANCELLED = replace(STARTED, status="cancelled", blocks=False)
SECOND = replace(STARTED, purchase_id="pur_2")
SUCCEEDED = Observation(status="succeeded", charge_ref="ch_1")
ALL = OpenRefund(refund_id="rfd_1", amount_cents=49_900, reason="sorry")
PART = OpenRefund(refund_id="rfd_1", amount_cents=9_900, reason="sorry")


History = Callable[[], Given[Purchases]]


def started() -> Given[Purchases]:
    return given(Purchases.start_first(STARTED))


def paid() -> Given[Purchases]:
    return started().and_then(fact(AddonPaid, purchase=PAID))


def delivered() -> Given[Purchases]:
    return paid().and_then(fact(AddonDelivered, purchase=DELIVERED))


def cancelled() -> Given[Purchases]:
    return started().and_then(fact(AddonCancelled, purchase=CANCELLED))


def see(purchases: Purchases, seen: Observation) -> None:
    purchases.observe("pur_1", seen, "rfd_9", AT)


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

    @pytest.mark.parametrize("status", ["pending", "failed", "cancelled", "succeeded"])
    def test_never_moves_what_is_paid_backward(self, status: str) -> None:
        seen = Observation(status=status, charge_ref="ch_1")  # type: ignore[arg-type]
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
            again = STARTED.look_again_at(now)
            assert again is not None
            pauses.append(again - now)
        assert pauses == [timedelta(minutes=2), timedelta(minutes=15), timedelta(days=1)]

    @pytest.mark.parametrize("purchase", [PAID, FAILED, DELIVERED])
    def test_never_where_nothing_is_open(self, purchase: Purchase) -> None:
        assert purchase.look_again_at(AT) is None

    def test_late_money_is_awaited_for_a_while(self) -> None:
        assert CANCELLED.look_again_at(AT) is not None
        assert CANCELLED.look_again_at(datetime(2027, 11, 22, tzinfo=UTC)) is None
