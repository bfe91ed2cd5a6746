"""What nobody told us is found by looking."""

from __future__ import annotations

from datetime import timedelta

from gateways.port import Gateway
from gateways.sandbox import subscriptions
from services.billing.application.checkouts import Wish
from services.billing.application.sweeping import Sweeping
from tests.support.billing_house import CAUSE, BillingHouse
from tests.support.billing_steps import paypal, razorpay
from tests.support.sandbox_driver import SandboxDriver

MONTH = timedelta(days=32)


def due(house: BillingHouse) -> list[str]:
    return house.billing.accounts.due(house.driver.now(), 100)


class TestSweep:
    def test_a_paid_checkout_is_found_without_its_webhook(self, house: BillingHouse) -> None:
        house.pay(house.checkout())
        house.driver.advance(timedelta(minutes=2))
        assert house.billing.sweeping.sweep() == 1
        assert house.shown()["plan"] == "pro"

    def test_a_checkout_that_expired_is_closed(self, house: BillingHouse) -> None:
        house.checkout()
        house.driver.advance(timedelta(days=2))
        house.billing.sweeping.sweep()
        assert house.shown()["checkout"] is None
        assert due(house) == []

    def test_a_renewal_is_found_after_the_period_is_over(self, house: BillingHouse) -> None:
        reference = house.subscribe()
        before = house.shown()["period_end"]
        assert due(house) == []
        house.driver.advance(MONTH)
        house.driver.renew(reference)
        assert due(house) == ["acme"]
        house.billing.sweeping.sweep()
        assert house.shown()["period_end"] > before

    @paypal
    def test_a_lost_cancellation_of_the_customer_is_found(self, house: BillingHouse) -> None:
        """Done on the gateway's own pages; the webhook never came."""
        reference = house.subscribe()
        house.gateway.cancel("by-the-customer", reference, at_period_end=False)
        house.driver.deliveries()
        house.driver.advance(timedelta(days=2))
        house.billing.sweeping.sweep()
        assert house.shown()["status"] == "grace"
        house.driver.advance(MONTH)
        house.billing.sweeping.sweep()
        assert (house.shown()["plan"], house.shown()["status"]) == ("free", "cancelled")
        assert due(house) == []

    @razorpay
    def test_what_was_renewed_in_spite_of_its_cancellation_is_cancelled_again(
        self, house: BillingHouse
    ) -> None:
        reference = house.subscribe()
        house.post("/subscription/cancel")
        _forget_cancellation(house, reference)
        house.driver.advance(MONTH)
        house.driver.renew(reference)
        house.sweep()
        assert house.account.change is None
        assert house.gateway.fetch_subscription(reference).cancel_at is not None

    def test_an_orphan_is_cancelled_until_that_is_confirmed(self, house: BillingHouse) -> None:
        first = house.subscribe()
        second = house.pay(house.checkout("team"))
        snapshot = house.gateway.fetch_subscription(second)
        house.billing.observations.observe("acme", snapshot, CAUSE)
        assert sorted(house.charging()) == sorted([first, second])
        house.driver.break_next("server_error", calls=1)
        house.billing.settling.settle_orphans("acme", CAUSE)
        assert len(house.charging()) == 2
        house.driver.advance(timedelta(minutes=2))
        house.billing.sweeping.sweep()
        assert house.charging() == [second]
        assert house.count("OrphanSubscriptionCancelled") == 1
        assert house.count("OverlapRefunded") == 1

    def test_nothing_new_is_no_event(self, house: BillingHouse) -> None:
        house.subscribe()
        before = house.events()
        house.sweep()
        house.sweep()
        assert house.events() == before

    def test_a_gateway_that_is_silent_is_left_alone_and_asked_later(
        self, house: BillingHouse
    ) -> None:
        for workspace in ("one", "two", "three"):
            _paid_elsewhere(house, workspace)
        house.driver.advance(timedelta(minutes=5))
        house.driver.break_next("server_error", calls=100)
        assert house.billing.sweeping.sweep() == 1
        house.driver.break_next("server_error", calls=0)
        house.driver.advance(timedelta(minutes=5))
        assert house.billing.sweeping.sweep() == 3

    def test_no_gateway_is_asked_faster_than_agreed(self, house: BillingHouse) -> None:
        for workspace in ("one", "two", "three"):
            _paid_elsewhere(house, workspace)
        house.driver.advance(timedelta(minutes=5))
        slept: list[float] = []
        gateways: dict[str, Gateway] = {"sandbox": house.gateway}
        sweeping = Sweeping(
            house.billing.accounts,
            house.billing.settling,
            gateways,
            house.driver.now,
            per_second=0.001,
            sleep=slept.append,
        )
        assert sweeping.sweep() == 3
        assert [round(pause) for pause in slept] == [1000, 1000]


def _paid_elsewhere(house: BillingHouse, workspace: str) -> None:
    wish = Wish("pro", "sandbox", "https://app.example/done", "https://app.example/back")
    house.billing.checkouts.start_checkout(workspace, wish, CAUSE)


def _forget_cancellation(house: BillingHouse, reference: str) -> None:
    """The gateway lost what it had accepted."""
    assert isinstance(house.driver, SandboxDriver)
    with house.driver.state.transaction() as ledger:
        subscriptions.resume(ledger, reference)
