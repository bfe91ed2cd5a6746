"""What is written without building events reads like events that were built."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest
from eventsourcing.persistence import JSONTranscoder

from kernel.cause import Cause
from runtime.eventstore.mapper import JsonMapper
from services.metering.application import stored
from services.metering.domain import events

NOW = datetime(2026, 11, 22, 10, tzinfo=UTC)
CAUSE = Cause("service:host", "req_1", "request:req_1")


FACTS: dict[str, Any] = {
    "originator_id": "x",
    "originator_version": 1,
    "timestamp": NOW,
    "cause": CAUSE,
}
CASES: list[tuple[events.MeteringEvent, bytes]] = [
    (
        events.MessageMetered(
            **FACTS, workspace="acme", month="2026-11", usage_id='1"\n', agent_id=None
        ),
        stored.usage_state(
            *("message", NOW, stored.cause_state(CAUSE)), "acme", "2026-11", '1"\n', None
        ),
    ),
    (
        events.ConversationMetered(
            **FACTS,
            workspace="acme",
            month="2026-11",
            usage_id="1",
            agent_id="anna",
            after_expiry=False,
        ),
        stored.usage_state(
            *("conversation", NOW, stored.cause_state(CAUSE)), "acme", "2026-11", "1", "anna"
        ),
    ),
    (
        events.ConversationStarted(
            **FACTS,
            workspace="acme",
            month="2026-11",
            usage_id="1",
            agent_id=None,
            hold_expires_at=NOW + timedelta(microseconds=1),
        ),
        stored.started_state(
            *(NOW, stored.cause_state(CAUSE), "acme", "2026-11", "1", None),
            NOW + timedelta(microseconds=1),
        ),
    ),
    (
        events.PlaygroundConversationStarted(
            **FACTS, workspace="acme", month="2026-11", usage_id="1", agent_id=None
        ),
        stored.started_state(NOW, stored.cause_state(CAUSE), "acme", "2026-11", "1", None, None),
    ),
    (
        events.ConversationReleased(
            **FACTS, workspace="acme", month="2026-11", usage_id="1", reason="expired"
        ),
        stored.released_state(NOW, stored.cause_state(CAUSE), "acme", "2026-11", "1", "expired"),
    ),
    (
        events.QuotaThresholdReached(
            **FACTS,
            workspace="acme",
            month="2026-11",
            metric="message",
            percent=80,
            used=8,
            limit=10,
        ),
        stored.threshold_state(
            NOW, stored.cause_state(CAUSE), "acme", "2026-11", "message", 80, 8, 10
        ),
    ),
    (
        events.CreditsLow(
            **FACTS,
            workspace="acme",
            month="2026-11",
            meter="tokens",
            low_id="tup_1:2026-11-22:1",
            rule_id="tup_1",
            remaining=7,
            below=10,
        ),
        stored.credits_low_state(
            *(NOW, stored.cause_state(CAUSE), "acme", "2026-11", "tokens"),
            *("tup_1:2026-11-22:1", "tup_1", 7, 10),
        ),
    ),
    (
        events.MeterThresholdReached(
            **FACTS,
            workspace="acme",
            month="2026-11",
            meter="tokens",
            percent=120,
            used=12,
            limit=10,
        ),
        stored.meter_threshold_state(
            NOW, stored.cause_state(CAUSE), "acme", "2026-11", "tokens", 120, 12, 10
        ),
    ),
]


class TestStoredForm:
    @pytest.mark.parametrize(("event", "state"), CASES)
    def test_the_bytes_are_those_of_the_mapper(
        self, event: events.MeteringEvent, state: bytes
    ) -> None:
        mapper = JsonMapper(JSONTranscoder())
        mapped = mapper.to_stored_event(event)
        assert mapped.state == state
        assert mapper.to_domain_event(mapped) == event

    def test_a_cause_names_its_trace_only_where_it_has_one(self) -> None:
        plain, traced = (
            Cause("cli", "r", "request:r"),
            Cause("cli", "r", "request:r", "00-ab-cd-01"),
        )
        form = b'{"actor":"cli","correlation_id":"r","causation_id":"request:r"%s}'
        assert bytes(stored.cause_state(plain)) == form % b""
        assert bytes(stored.cause_state(traced)) == form % b',"traceparent":"00-ab-cd-01"'

    def test_every_event_is_covered(self) -> None:
        covered = {type(event) for event, _ in CASES}
        defined = {
            kind
            for kind in vars(events).values()
            if isinstance(kind, type) and "TOPIC" in vars(kind)
        }
        assert covered == defined

    def test_the_mark_of_a_late_first_turn_can_not_stand_in_an_id(self) -> None:
        forged = '"after_expiry":false'
        state = stored.usage_state(
            *("conversation", NOW, stored.cause_state(CAUSE)), "acme", "2026-11", forged, None
        )
        assert state.count(forged.encode()) == 1
        assert msgspec.json.decode(state)["usage_id"] == forged
