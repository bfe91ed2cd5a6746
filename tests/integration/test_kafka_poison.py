"""An event that can't be applied: its key waits, the others go on, and a person decides."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from kafka import KafkaConsumer, KafkaProducer

from contracts.envelope import Envelope
from runtime.feed.consumer import Consumer
from runtime.feed.parked_events import parked_events
from runtime.feed.poison_events import discard_parked, retry_parked
from runtime.kafka import partition_of
from runtime.postgres.database import Cursor
from tests.support.ledger import CODEC, book
from tests.support.pipeline import Pipeline
from tests.support.waiting import wait_until

pytestmark = pytest.mark.kafka


def refuse_thirteen(cursor: Cursor, events: Sequence[Envelope]) -> None:
    """Amount 13 is poison until the account `healed` exists."""
    for event in events:
        body = event.data.model_dump()
        if (
            body["amount"] == 13
            and not cursor.execute("SELECT FROM totals WHERE account = 'healed'").fetchall()
        ):
            raise ValueError("thirteen")
    book(cursor, events)


@pytest.mark.slow
class TestPoison:
    def test_its_key_is_parked_the_others_go_on_and_a_retry_applies_it_in_order(
        self, pipeline: Pipeline
    ) -> None:
        consumer = Consumer("balances", ["ledger"], refuse_thirteen)
        pipeline.relay().start()
        pipeline.follower(consumer).start()
        pipeline.write("good")
        pipeline.write("poisoned", 16)
        pipeline.write("better")
        pipeline.wait()
        assert pipeline.totals() == {"good": 4, "better": 4, "poisoned": 1 + sum(range(1, 13))}
        parked = parked_events(pipeline.projections, "balances")
        assert [(event.key, event.error) for event in parked] == [
            ("poisoned", "ValueError: thirteen"),
            ("poisoned", ""),
            ("poisoned", ""),
        ]
        assert retry_parked(pipeline.positions, consumer, CODEC).applied == 0
        pipeline.write("healed")
        pipeline.wait()
        retried = retry_parked(pipeline.positions, consumer, CODEC)
        assert (retried.applied, retried.waiting, retried.failed) == (3, 0, {})
        assert pipeline.totals()["poisoned"] == 1 + sum(range(1, 16))

    def test_dead_letters_say_where_they_came_from_and_why(self, pipeline: Pipeline) -> None:
        pipeline.relay().start()
        pipeline.follower(Consumer("balances", ["ledger"], refuse_thirteen)).start()
        pipeline.write("poisoned", 15)
        topic = pipeline.kafka.dead_letter_topic("ledger", "balances")
        pipeline.kafka.create_plain_topic(topic)
        records = KafkaConsumer(
            topic,
            **pipeline.kafka.options,
            auto_offset_reset="earliest",
            consumer_timeout_ms=20_000,
        )
        record = next(iter(records))
        records.close()
        headers = {name: content.decode() for name, content in record.headers}
        assert headers["dlt_error"] == "ValueError: thirteen"
        assert headers["dlt_topic"] == pipeline.kafka.topic("ledger")
        assert headers["ce_sequence"] == "14"
        assert int(headers["dlt_partition"]) == partition_of("poisoned", pipeline.kafka.partitions)

    def test_what_is_no_event_is_parked_and_may_be_discarded(self, pipeline: Pipeline) -> None:
        producer = KafkaProducer(**pipeline.kafka.options)
        producer.send(pipeline.kafka.topic("ledger"), b"\x00", b"acme", [], 0)
        producer.flush(10)
        producer.close()
        pipeline.follower().start()
        wait_until(lambda: parked_events(pipeline.projections, "balances"), "it is parked", 30)
        [garbage] = parked_events(pipeline.projections, "balances")
        assert garbage.error == "NotAnEvent: ce_type is missing"
        assert discard_parked(pipeline.positions, "balances", "ledger", garbage.sequence)
        assert parked_events(pipeline.projections, "balances") == []

    def test_when_everything_fails_nothing_is_parked(self, pipeline: Pipeline) -> None:
        def fail(cursor: Cursor, events: Sequence[Envelope]) -> None:
            raise ValueError("the table is gone")

        for number in range(15):
            pipeline.write(f"account-{number}")
        pipeline.relay().start()
        follower = pipeline.follower(Consumer("balances", ["ledger"], fail))
        follower.start()
        wait_until(lambda: "TooManyPoisoned" in follower.failure, "it gives up", 30)
        assert parked_events(pipeline.projections, "balances") == []
