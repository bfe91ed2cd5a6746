"""What became of a notification is told once, however often it is tried."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kernel.events import DomainEvent
from services.billing.domain.webhook import (
    WEBHOOK,
    Webhook,
    WebhookEvent,
    decide_park,
    decide_processed,
    decide_put_off,
    decide_receive_webhook,
    decide_retry,
)

AT = datetime(2026, 11, 1, tzinfo=UTC)
REFS = {"workspace": "acme"}
TRIES: dict[str, Callable[[Webhook], list[DomainEvent]]] = {
    "put_off": lambda webhook: decide_put_off(webhook, "timeout", AT),
    "park": lambda webhook: decide_park(webhook, "timeout", 12, AT),
    "retry": lambda webhook: decide_retry(webhook, AT),
    "processed": lambda webhook: decide_processed(webhook, AT),
}


def lived(tries: list[str]) -> tuple[Webhook, list[DomainEvent]]:
    events = decide_receive_webhook("stripe", "evt_1", "invoice.paid", REFS, AT)
    webhook = WEBHOOK.fold(None, events)
    assert webhook is not None
    for name in tries:
        decided = TRIES[name](webhook)
        webhook = WEBHOOK.fold(webhook, decided)
        assert webhook is not None
        events += decided
    return webhook, events


class TestOutcomes:
    @pytest.mark.parametrize(
        ("tries", "told"),
        [
            (["processed"], ["WebhookReceived"]),
            (
                ["put_off", "put_off", "processed", "processed"],
                ["WebhookReceived", "WebhookPutOff", "WebhookProcessed"],
            ),
            (
                ["put_off", "park", "park", "retry", "retry", "put_off", "processed"],
                [
                    *("WebhookReceived", "WebhookPutOff", "WebhookParked", "WebhookRetried"),
                    "WebhookProcessed",
                ],
            ),
        ],
    )
    def test_only_what_changes_is_told(self, tries: list[str], told: list[str]) -> None:
        assert [type(event).__name__ for event in lived(tries)[1]] == told

    @given(st.lists(st.sampled_from(list(TRIES)), max_size=12))
    def test_whatever_is_tried_twice_is_told_once(self, tries: list[str]) -> None:
        once, events = lived(tries)
        doubled = [name for name in tries for _ in range(2)]
        assert lived(doubled) == (once, events)
        assert WEBHOOK.fold(None, events) == once
        for event in events[1:]:
            assert isinstance(event, WebhookEvent)
            assert (event.workspace_id, event.webhook_id) == ("acme", "evt_1")
