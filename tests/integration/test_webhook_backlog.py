"""What operators see of webhooks that are not dealt with."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from prometheus_client import REGISTRY

from runtime.messaging.backlog import STATES, Backlog
from tests.support.billing_service import ATTEMPTS, BillingService
from tests.support.waiting import wait_until

Seen = Callable[[], dict[str, float | None]]


@pytest.fixture
def backlog(billing: BillingService) -> Seen:
    measured = Backlog(billing.database)

    def see() -> dict[str, float | None]:
        measured.measure()
        return {
            state: REGISTRY.get_sample_value("inbox_backlog", {"source": "sandbox", "state": state})
            for state in STATES
        }

    return see


def settled(outcome: str) -> float:
    labels = {"source": "sandbox", "outcome": outcome}
    return REGISTRY.get_sample_value("inbox_settled_total", labels) or 0


def received(billing: BillingService) -> int:
    """Webhooks of a paid page, stored and not yet read."""
    billing.pay(billing.checkout())
    deliveries = billing.driver.deliveries()
    for delivery in deliveries:
        billing.receive(delivery)
    return len(deliveries)


def fail_reading(billing: BillingService) -> None:
    """Every attempt at every message meets a gateway that does not answer."""
    billing.driver.break_next("server_error", calls=1_000)
    billing.read_inbox()
    billing.driver.break_next("server_error", calls=0)


class TestBacklog:
    def test_what_was_received_waits_until_it_is_read(
        self, billing: BillingService, backlog: Seen
    ) -> None:
        count, before = received(billing), settled("processed")
        assert backlog() == {"waiting": count, "retried": 0, "parked": 0}
        billing.read_inbox()
        assert backlog() == dict.fromkeys(STATES, 0)
        assert settled("processed") == before + count

    def test_what_failed_is_retried_and_in_the_end_parked(
        self, billing: BillingService, backlog: Seen
    ) -> None:
        count, before = received(billing), settled("parked")
        message = billing.billing.inbox.claim()
        assert message is not None
        assert billing.billing.inbox.put_off(message, "gateway_unavailable: it is down")
        assert backlog() == {"waiting": count - 1, "retried": 1, "parked": 0}
        fail_reading(billing)
        assert backlog() == {"waiting": 0, "retried": 0, "parked": count}
        assert settled("parked") == before + count

    def test_a_reopened_message_is_to_be_retried(
        self, billing: BillingService, backlog: Seen
    ) -> None:
        count = received(billing)
        fail_reading(billing)
        parked = billing.billing.inbox.parked()[0]
        assert parked.attempts == ATTEMPTS
        billing.billing.inbox.reopen(parked.source, parked.id)
        assert backlog() == {"waiting": 0, "retried": 1, "parked": count - 1}


class TestMoreReaders:
    def test_one_that_waits_for_a_gateway_keeps_no_other_webhook_back(
        self, billing: BillingService, backlog: Seen
    ) -> None:
        count, read_inbox = received(billing), billing.billing.read_inbox
        hanging = billing.billing.inbox.claim()
        assert hanging is not None
        # However long it took to get here.
        billing.database.execute(
            "UPDATE inbox SET next_attempt_at = clock_timestamp() WHERE attempts = 0"
        )
        assert read_inbox.overdue() == 0, "while nothing is overdue, one reader is enough"
        assert backlog()["waiting"] == count > 1

        def only_one_is_left() -> bool:
            read_inbox.overdue()
            return backlog()["waiting"] == 1

        wait_until(only_one_is_left, "the others are read")
