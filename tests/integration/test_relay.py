"""From the log to the topic: in order, everything, by one relay at a time."""

from __future__ import annotations

import threading
import time
from pathlib import Path

import pytest
from kafka import KafkaConsumer

import contracts
from contracts.cloudevents import CODEC
from contracts.envelope import Envelope
from deploy.kafka_broker import KafkaBroker
from runtime.feed.feed import Log, Position, Step
from runtime.kafka import Kafka, KafkaUnavailable, TopicsWrong, TopicWriter, partition_of
from runtime.kafka.relay import CHECKPOINT, Relay
from tests.support.pipeline import Pipeline, open_pipeline
from tests.support.waiting import wait_until

pytestmark = pytest.mark.kafka


def published(kafka: Kafka, expected: int, seconds: float = 30) -> list[Envelope]:
    """Every committed event of the topic, repeated ones left out, in the order of the log."""
    consumer = KafkaConsumer(
        kafka.topic("ledger"),
        **kafka.options,
        auto_offset_reset="earliest",
        isolation_level="read_committed",
        enable_auto_commit=False,
        group_id=None,
    )
    deadline = time.monotonic() + seconds
    found: list[Envelope] = []
    seen: dict[tuple[str, int], int] = {}
    while len(found) < expected and time.monotonic() < deadline:
        polled = consumer.poll(200)
        records = [record for batch in polled.values() for record in batch]
        found += contracts.consumer(records, seen)
    consumer.close()
    return sorted(found, key=lambda event: event.sequence)


def wait_until_published(relay: Relay[Envelope], seconds: float = 30) -> None:
    wait_until(lambda: relay.lag() == 0, "all is published", seconds)


class TestPublish:
    def test_every_event_arrives_as_it_was_published_and_in_order(self, pipeline: Pipeline) -> None:
        for number in range(20):
            pipeline.write(f"account-{number}")
        relay = pipeline.relay(batch_size=7)
        relay.start()
        pipeline.write("later")
        found = published(pipeline.kafka, 63)
        assert [event.sequence for event in found] == list(range(1, 64))
        stored = pipeline.store.read(0, 100)
        expected = [pipeline.publisher.publish(pipeline.store, event) for event in stored]
        assert [event.model_dump() for event in found] == [e.model_dump() for e in expected]

    def test_an_event_lies_where_other_clients_look_for_its_key(self, pipeline: Pipeline) -> None:
        pipeline.write("acme")
        pipeline.relay().start()
        consumer = KafkaConsumer(
            pipeline.kafka.topic("ledger"),
            **pipeline.kafka.options,
            auto_offset_reset="earliest",
            consumer_timeout_ms=10_000,
        )
        record = next(record for record in consumer if record.key == b"acme")
        consumer.close()
        assert record.partition == partition_of("acme", pipeline.kafka.partitions)

    def test_publishing_a_batch_again_after_a_crash_changes_nothing_for_consumers(
        self, pipeline: Pipeline
    ) -> None:
        pipeline.write("a")
        first = pipeline.relay()
        first.start()
        wait_until_published(first)
        first.stop()
        first.join(10)
        with pipeline.ledger.transaction(commit=True) as cursor:
            step = Step(Log("ledger"), Position(3), Position(1))
            assert pipeline.checkpoints.advance(cursor, CHECKPOINT, [step])
        pipeline.write("b")
        pipeline.relay().start()
        assert [event.sequence for event in published(pipeline.kafka, 6)] == [1, 2, 3, 4, 5, 6]


@pytest.mark.slow
class TestLead:
    def test_a_standby_takes_over_when_the_leader_is_gone(self, pipeline: Pipeline) -> None:
        leader, standby = pipeline.relay(), pipeline.relay()
        leader.start()
        pipeline.write("a")
        wait_until_published(leader)
        standby.start()
        leader.stop()
        leader.join(10)
        pipeline.write("b")
        wait_until_published(standby)
        assert len(published(pipeline.kafka, 6)) == 6

    def test_a_writer_that_was_only_paused_is_shut_out(self, pipeline: Pipeline) -> None:
        pipeline.write("a")
        [event, *_] = pipeline.store.read(0, 1)
        message = CODEC.encode(pipeline.publisher.publish(pipeline.store, event))
        paused, successor = (TopicWriter(pipeline.kafka, "ledger") for _ in range(2))
        paused.open()
        successor.open()
        with pytest.raises(KafkaUnavailable, match="Fenced"):
            paused.write([message], None)
        successor.write([message], None)
        successor.close()
        assert len(published(pipeline.kafka, 1)) == 1

    def test_what_was_written_and_not_committed_is_never_read(self, pipeline: Pipeline) -> None:
        dying = TopicWriter(pipeline.kafka, "ledger")
        dying.open()
        producer = dying._producer
        assert producer is not None
        producer.begin_transaction()
        topic = pipeline.kafka.topic("ledger")
        producer.send(topic, b"{}", b"acme", [], 0)
        producer.flush(10)
        pipeline.write("a")
        pipeline.relay().start()
        assert [event.sequence for event in published(pipeline.kafka, 3)] == [1, 2, 3]
        dying.close()


@pytest.mark.slow
class TestBrokerDown:
    def test_commands_go_on_the_lag_is_visible_and_the_relay_catches_up(
        self, database_url: str, broker: KafkaBroker, tmp_path: Path
    ) -> None:
        with open_pipeline(database_url, Kafka(broker.bootstrap), tmp_path) as pipeline:
            relay = pipeline.relay()
            relay.start()
            pipeline.write("before")
            wait_until_published(relay)
            broker.kill()
            for number in range(5):
                pipeline.write(f"during-{number}")
            assert relay.lag() == 15
            broker.start()
            wait_until_published(relay, 90)
            assert len(published(pipeline.kafka, 18)) == 18

    def test_a_writer_with_records_on_their_way_closes_and_leaves_no_thread(
        self, broker: KafkaBroker
    ) -> None:
        kafka = Kafka(broker.bootstrap, partitions=1)
        kafka.create_topics(["ledger"])
        kafka.close()
        running = threading.active_count()
        writer = TopicWriter(kafka, "ledger")
        writer.open()
        producer = writer._producer
        assert producer is not None
        producer.begin_transaction()
        producer.send(kafka.topic("ledger"), b"{}", b"acme", [], 0)
        broker.kill()
        writer.close()
        wait_until(lambda: threading.active_count() == running, "its threads are gone", 10)


@pytest.mark.slow
class TestTopics:
    def test_creating_them_again_changes_nothing(self, kafka: Kafka) -> None:
        kafka.create_topics(["billing", "metering"])
        kafka.create_topics(["billing", "metering"])
        assert kafka.partition_count("billing") == kafka.partitions

    def test_another_number_of_partitions_is_refused(self, kafka: Kafka) -> None:
        kafka.create_topics(["billing"])
        other = Kafka(kafka.bootstrap, prefix=kafka.prefix, partitions=6)
        with pytest.raises(TopicsWrong, match="has 4 partitions, configured are 6"):
            other.create_topics(["billing"])
        other.close()

    def test_a_missing_topic_is_named(self, kafka: Kafka) -> None:
        with pytest.raises(TopicsWrong, match=r"billing\.events\.v1 does not exist"):
            kafka.partition_count("billing")

    def test_a_broker_that_does_not_answer_is_unavailable(self) -> None:
        assert not Kafka("127.0.0.1:1").is_reachable(seconds=1)
