"""Who needs a few events of metering's long log reads those, and passes the others by."""

from __future__ import annotations

import random

import pytest

from runtime.feed.feed import EventStoreFeed, Position
from tests.integration.metering.conftest import Own
from tests.support.meters import declare, slugs
from tests.support.waiting import wait_until

GRANTED = "metering.CreditsGranted"


@pytest.mark.parametrize("batch_size", [1, 2, 50])
def test_each_comes_once_in_order_and_the_position_passes_the_others(
    own: Own, batch_size: int
) -> None:
    declare(str(own.host.http.base_url))
    wait_until(lambda: "tokens" in slugs(own.host), "the meter is known")
    chosen, granted = random.Random(batch_size), []
    feed = EventStoreFeed({"metering": own.metering.publisher}, own.metering.wakeup)
    subscription = feed.subscribe(
        "some", ["metering"], lambda _: Position(), batch_size, only=[GRANTED]
    )
    seen, at = [], 0
    for number in range(12):
        if chosen.random() < 0.4:
            own.host.grant(f"g{number}", 1)
            granted.append(f"g{number}")
        else:
            own.host.report(*(own.host.event(f"m{number}-{n}") for n in range(3)))
        while (batch := subscription.next_batch(0.2)) is not None:
            [step] = batch.steps
            assert step.before.sequence == at
            at = step.after.sequence
            assert all(step.before.sequence < event.sequence <= at for event in batch.events)
            seen += [event.data.grant_id for event in batch.events]
        assert at == own.metering.store.head()
    assert seen == granted
    assert 0 < len(granted) < 12
