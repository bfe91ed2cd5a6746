"""What metering publishes of what it stored."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from eventsourcing.persistence import JSONTranscoder

from contracts.cloudevents import decode, encode
from kernel.cause import Cause
from runtime.eventstore.mapper import JsonMapper
from runtime.eventstore.recorder import RecordedEvent
from runtime.eventstore.store import EventStore
from services.metering.application.stored import cause_state, usage_state
from services.metering.domain.quota import Metric
from services.metering.published import USAGE, publish, publish_decoded

AT = datetime(2026, 11, 22, 9, 30, tzinfo=UTC)
CAUSE = cause_state(Cause("service:host", "req_1", "request:req_1"))
TOPICS = dict(zip(("message", "conversation"), USAGE, strict=True))


class DecodingStore(EventStore):
    """Decodes without a database."""

    def __init__(self) -> None:
        self.mapper = JsonMapper(JSONTranscoder())


class TestPublishUsage:
    @pytest.mark.parametrize("conversation", ["c1", None])
    @pytest.mark.parametrize("takeover", [True, False])
    def test_so_is_a_message_of_a_conversation(
        self, conversation: str | None, takeover: bool
    ) -> None:
        facts = (AT, CAUSE, "acme", "2026-11", "m1", None, conversation)
        state = usage_state("message", *facts, human_takeover=takeover)
        recorded = RecordedEvent(7, "0" * 32, 1, TOPICS["message"], state, AT)
        store = DecodingStore()
        quick, slow = publish(store, recorded), publish_decoded(store, recorded)
        assert quick == slow
        assert quick.model_dump_json() == slow.model_dump_json()
        assert decode(*encode(quick)) == slow

    @pytest.mark.parametrize("agent", ["agent-1", None])
    @pytest.mark.parametrize("metric", ["message", "conversation"])
    def test_usage_is_published_the_same_either_way(
        self, metric: Metric, agent: str | None
    ) -> None:
        state = usage_state(metric, AT, CAUSE, "acme", "2026-11", "m1", agent)
        recorded = RecordedEvent(7, "0" * 32, 1, TOPICS[metric], state, AT)
        store = DecodingStore()
        quick, slow = publish(store, recorded), publish_decoded(store, recorded)
        assert quick == slow
        assert quick.model_dump_json() == slow.model_dump_json()
        assert decode(*encode(quick)) == slow
