"""Accounts that run low are told of to who wants to know."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from contracts import addons
from contracts.envelope import Envelope, EventData
from contracts.metering import CreditsLow
from runtime.postgres.database import Database
from services.metering.policies import apply_policies
from tests.integration.metering.conftest import Own
from tests.support.meters import declare, quota, slugs
from tests.support.waiting import wait_until


def hears(own: Own, body: EventData) -> None:
    """Metering, from the add-on service."""
    at = datetime(2026, 11, 22, 9, tzinfo=UTC)
    event = Envelope.model_construct(
        service="addons", sequence=1, type=body.TYPE, key="acme", time=at, data=body
    )
    with (
        Database(own.metering.database.url, "metering") as database,
        database.transaction(commit=True) as cursor,
    ):
        apply_policies(cursor, [event])


def set_rule(own: Own, rule_id: str, below: int) -> None:
    facts: dict[str, Any] = {"rule_id": rule_id, "below": below}
    hears(own, addons.TopUpSet.model_construct(workspace_id="acme", meter="tokens", **facts))


def told(own: Own) -> list[tuple[str, int, int]]:
    publisher = own.metering.publisher
    events = [
        publisher.publish(publisher.store, event) for event in publisher.store.read(0, 10_000)
    ]
    lows = [event.data for event in events if isinstance(event.data, CreditsLow)]
    return [(low.rule_id, low.remaining, low.below) for low in lows]


def wait_for(own: Own, *expected: tuple[str, int, int]) -> None:
    wait_until(lambda: told(own) == list(expected), f"{expected} were told")


class TestLowCredits:
    def test_are_told_once_a_day_a_rule_and_after_each_grant(self, own: Own) -> None:
        host = own.host
        assert declare(str(host.http.base_url)).status_code == 201
        wait_until(lambda: "tokens" in slugs(host), "the meter is known")
        own.billing.limit(host, quotas=quota(100))
        assert host.use("u1", 95).status_code == 201
        set_rule(own, "tup_1", 10)
        first = ("tup_1", 5, 10)
        wait_for(own, first)
        assert host.use("u2", 1).status_code == 201
        assert host.grant("g1", 4).status_code == 201
        second = ("tup_1", 8, 10)
        wait_for(own, first, second)
        assert host.grant("g2", 100).status_code == 201
        assert host.use("u3", 10).status_code == 201
        own.clock.forward(days=1)
        assert host.use("u4", 95).status_code == 201
        third = ("tup_1", 3, 10)
        wait_for(own, first, second, third)
        hears(
            own,
            addons.TopUpStopped.model_construct(
                workspace_id="acme", meter="tokens", rule_id="tup_1"
            ),
        )
        set_rule(own, "tup_2", 3)
        own.clock.forward(days=1)
        assert host.use("u5", 1).status_code == 201
        wait_for(own, first, second, third, ("tup_2", 2, 3))
