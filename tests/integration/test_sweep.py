"""What nobody told us is found by looking."""

from __future__ import annotations

from datetime import timedelta

from gateways.port import Gateway
from gateways.sandbox.simulation import subscriptions
from services.billing.application.start_checkout import CheckoutCommand
from services.billing.application.sweep import Sweep
from tests.support.billing_service import CAUSE, BillingService
from tests.support.billing_steps import paypal, razorpay
from tests.support.sandbox_driver import SandboxDriver

MONTH = timedelta(days=32)


def due(billing: BillingService) -> list[str]:
    return billing.billing.accounts.due(billing.driver.now(), 100)


class TestSweep:
    def test_a_paid_checkout_is_found_without_its_webhook(self, billing: BillingService) -> None:
        billing.pay(billing.checkout())
        billing.driver.advance(timedelta(minutes=2))
        assert billing.billing.sweep() == 1
        assert billing.shown()["plan"] == "pro"

    def test_a_checkout_that_expired_is_closed(self, billing: BillingService) -> None:
        billing.checkout()
        billing.driver.advance(timedelta(days=2))
        billing.billing.sweep()
        assert billing.shown()["checkout"] is None
        assert due(billing) == []

    def test_a_renewal_is_found_after_the_period_is_over(self, billing: BillingService) -> None:
        reference = billing.subscribe()
        before = billing.shown()["period_end"]
        assert due(billing) == []
        billing.driver.advance(MONTH)
        billing.driver.renew(reference)
        assert due(billing) == ["acme"]
        billing.billing.sweep()
        assert billing.shown()["period_end"] > before

    @paypal
    def test_a_lost_cancellation_of_the_customer_is_found(self, billing: BillingService) -> None:
        """Done on the gateway's own pages; the webhook never came."""
        reference = billing.subscribe()
        billing.gateway.subscriptions.cancel("by-the-customer", reference, at_period_end=False)
        billing.driver.deliveries()
        billing.driver.advance(timedelta(days=2))
        billing.billing.sweep()
        assert billing.shown()["status"] == "grace"
        billing.driver.advance(MONTH)
        billing.billing.sweep()
        assert (billing.shown()["plan"], billing.shown()["status"]) == ("free", "cancelled")
        assert due(billing) == []

    @razorpay
    def test_what_was_renewed_in_spite_of_its_cancellation_is_cancelled_again(
        self, billing: BillingService
    ) -> None:
        reference = billing.subscribe()
        billing.post("/subscription/cancel")
        _forget_cancellation(billing, reference)
        billing.driver.advance(MONTH)
        billing.driver.renew(reference)
        billing.sweep()
        assert billing.account.change is None
        assert billing.gateway.subscriptions.fetch(reference).cancel_at is not None

    def test_an_orphan_is_cancelled_until_that_is_confirmed(self, billing: BillingService) -> None:
        first = billing.subscribe()
        second = billing.pay(billing.checkout("team"))
        snapshot = billing.gateway.subscriptions.fetch(second)
        billing.billing.observations.observe("acme", snapshot, CAUSE)
        assert sorted(billing.charging()) == sorted([first, second])
        billing.driver.break_next("server_error", calls=1)
        billing.billing.settlement.settle_orphans("acme", CAUSE)
        assert len(billing.charging()) == 2
        billing.driver.advance(timedelta(minutes=2))
        billing.billing.sweep()
        assert billing.charging() == [second]
        assert billing.count("OrphanSubscriptionCancelled") == 1
        assert billing.count("OverlapRefunded") == 1

    def test_nothing_new_is_no_event(self, billing: BillingService) -> None:
        billing.subscribe()
        before = billing.events()
        billing.sweep()
        billing.sweep()
        assert billing.events() == before

    def test_a_gateway_that_is_silent_is_left_alone_and_asked_later(
        self, billing: BillingService
    ) -> None:
        for workspace in ("one", "two", "three"):
            _paid_elsewhere(billing, workspace)
        billing.driver.advance(timedelta(minutes=5))
        billing.driver.break_next("server_error", calls=100)
        assert billing.billing.sweep() == 1
        billing.driver.break_next("server_error", calls=0)
        billing.driver.advance(timedelta(minutes=5))
        assert billing.billing.sweep() == 3

    def test_no_gateway_is_asked_faster_than_agreed(self, billing: BillingService) -> None:
        for workspace in ("one", "two", "three"):
            _paid_elsewhere(billing, workspace)
        billing.driver.advance(timedelta(minutes=5))
        slept: list[float] = []
        gateways: dict[str, Gateway] = {"sandbox": billing.gateway}
        sweep = Sweep(
            billing.billing.accounts,
            billing.billing.settlement,
            gateways,
            billing.driver.now,
            per_second=0.001,
            sleep=slept.append,
        )
        assert sweep() == 3
        assert [round(pause) for pause in slept] == [1000, 1000]


def _paid_elsewhere(billing: BillingService, workspace: str) -> None:
    command = CheckoutCommand(
        "pro", "sandbox", "https://app.example/done", "https://app.example/back"
    )
    billing.billing.start_checkout(workspace, command, CAUSE)


def _forget_cancellation(billing: BillingService, reference: str) -> None:
    """The gateway lost what it had accepted."""
    assert isinstance(billing.driver, SandboxDriver)
    with billing.driver.state.transaction() as ledger:
        subscriptions.resume(ledger, reference)
