"""From the topic to the read model: everything once, in order, whoever dies."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest
from kafka import KafkaConsumer, KafkaProducer

from contracts.envelope import Envelope
from deploy.kafka_broker import KafkaBroker
from runtime.consumer import Consumer
from runtime.database import Cursor
from runtime.drift import verify
from runtime.feed import Batch, Log, Position, Step
from runtime.kafka import Kafka, KafkaFeed, partition_of
from runtime.parked import parked_events
from runtime.parking import discard_parked, retry_parked
from runtime.positions import PartitionsChanged
from runtime.rebuild import rebuild
from tests.support.ledger import CODEC, book
from tests.support.pipeline import Pipeline, open_pipeline

pytestmark = pytest.mark.kafka


@pytest.fixture
def pipeline(database_url: str, kafka: Kafka, tmp_path: Path) -> Iterator[Pipeline]:
    with open_pipeline(database_url, kafka, tmp_path) as opened:
        yield opened


def eventually(holds: Callable[[], bool], seconds: float = 30) -> None:
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline, "it never came true"
        time.sleep(0.02)


class TestFollow:
    def test_every_event_is_applied_once_and_in_order(self, pipeline: Pipeline) -> None:
        pipeline.relay(batch_size=9).start()
        follower = pipeline.follower()
        follower.start()
        for number in range(40):
            pipeline.write(f"account-{number:02}")
        pipeline.wait()
        assert pipeline.totals() == {f"account-{number:02}": 4 for number in range(40)}
        eventually(lambda: follower.lag() == 0)
        assert follower.failure == ""

    def test_waiting_for_an_event_ends_although_other_partitions_got_nothing(
        self, pipeline: Pipeline
    ) -> None:
        pipeline.relay().start()
        pipeline.follower().start()
        pipeline.write("only-one-key")
        pipeline.wait()
        reached = pipeline.positions.all_of("balances")
        assert {position.sequence for position in reached.values()} == {3}
        assert len(reached) == pipeline.kafka.partitions

    def test_events_that_a_recovering_relay_sends_again_are_skipped(
        self, pipeline: Pipeline
    ) -> None:
        relay = pipeline.relay()
        relay.start()
        pipeline.follower().start()
        pipeline.write("a", 6)
        pipeline.wait()
        relay.stop()
        relay.join(10)
        with pipeline.ledger.transaction(commit=True) as cursor:
            step = Step(Log("ledger"), Position(6), Position(2))
            assert pipeline.checkpoints.advance(cursor, "relay", [step])
        pipeline.relay().start()
        pipeline.write("b")
        pipeline.wait()
        assert pipeline.totals() == {"a": 16, "b": 4}

    def test_a_rebuild_and_a_verification_agree_with_what_came_through_the_topic(
        self, pipeline: Pipeline
    ) -> None:
        pipeline.relay().start()
        pipeline.follower().start()
        for number in range(30):
            pipeline.write(f"account-{number}")
            if number == 15:
                publishers = {"ledger": pipeline.publisher}
                rebuild(pipeline.model, pipeline.positions, publishers)
        verified = verify(
            pipeline.model,
            pipeline.positions,
            {"ledger": pipeline.publisher},
            partition_of=partition_of,
        )
        assert verified.equal
        pipeline.wait()
        assert set(pipeline.totals().values()) == {4}


class TestJoin:
    def test_ends_however_short_the_polls_are(self, pipeline: Pipeline) -> None:
        """A poll that times out in the middle of it must not make the client forget it."""
        pipeline.relay().start()
        pipeline.follower().start()
        pipeline.write("a")
        pipeline.wait()
        feed = KafkaFeed(pipeline.kafka, CODEC)
        for number in range(20):
            joining = feed.subscribe(f"joins-{number}", ["ledger"], lambda _: Position(), 50)
            deadline = time.monotonic() + 10
            while joining.next_batch(0.01) is None:
                assert time.monotonic() < deadline, "it never got its partitions"
            joining.close()


class TestShare:
    def test_two_share_the_partitions_and_one_goes_on_alone(self, pipeline: Pipeline) -> None:
        pipeline.relay().start()
        seen: dict[str, set[int]] = {"one": set(), "other": set()}
        followers = [
            pipeline.follower(Consumer("balances", ["ledger"], self._noting(pipeline, name, seen)))
            for name in seen
        ]
        for follower in followers:
            follower.start()
        numbers = iter(range(10_000))

        def both_worked() -> bool:
            pipeline.write(f"account-{next(numbers)}")
            return all(seen.values())

        eventually(both_worked)
        followers[0].stop()
        followers[0].join(10)
        pipeline.write("after")
        started = time.monotonic()
        pipeline.wait()
        assert time.monotonic() - started < 10
        assert set(pipeline.totals().values()) == {4}

    def _noting(
        self, pipeline: Pipeline, name: str, seen: dict[str, set[int]]
    ) -> Callable[[Cursor, Sequence[Envelope]], None]:
        def handle(cursor: Cursor, events: Sequence[Envelope]) -> None:
            book(cursor, events)
            seen[name].update(partition_of(e.key, pipeline.kafka.partitions) for e in events)

        return handle

    def test_a_zombie_with_a_batch_in_hand_changes_nothing(self, pipeline: Pipeline) -> None:
        """It holds a batch while another member takes over and applies the same events."""
        pipeline.relay().start()
        pipeline.positions.shape("balances", {"ledger": pipeline.kafka.partitions})
        pipeline.write("a")
        zombie = KafkaFeed(pipeline.kafka, CODEC).subscribe(
            "zombies", ["ledger"], lambda log: pipeline.positions.of("balances", log), 50
        )
        batches: list[Batch[Envelope]] = []

        def has_events() -> bool:
            batch = zombie.next_batch(0.2)
            batches.extend([batch] if batch and batch.events else [])
            return bool(batches)

        eventually(has_events)
        follower = pipeline.follower()
        follower.start()
        pipeline.wait()
        follower.apply(zombie, batches[0])
        zombie.close()
        assert pipeline.totals() == {"a": 4}


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
        pipeline.kafka.create_dead_letter_topic(topic)
        letters = KafkaConsumer(
            topic,
            **pipeline.kafka.options,
            auto_offset_reset="earliest",
            consumer_timeout_ms=20_000,
        )
        letter = next(iter(letters))
        letters.close()
        headers = {name: content.decode() for name, content in letter.headers}
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
        eventually(lambda: bool(parked_events(pipeline.projections, "balances")))
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
        eventually(lambda: "TooManyPoisoned" in follower.failure)
        assert parked_events(pipeline.projections, "balances") == []


class TestShape:
    def test_a_position_in_the_whole_log_holds_in_every_partition(self, pipeline: Pipeline) -> None:
        pipeline.write("before")
        rebuild(pipeline.model, pipeline.positions, {"ledger": pipeline.publisher})
        pipeline.relay().start()
        pipeline.follower().start()
        pipeline.write("after")
        pipeline.wait()
        assert pipeline.totals() == {"after": 4, "before": 4}

    def test_another_number_of_partitions_under_stored_positions_is_refused(
        self, pipeline: Pipeline
    ) -> None:
        pipeline.positions.shape("balances", {"ledger": 3})
        follower = pipeline.follower()
        follower.start()
        eventually(lambda: "PartitionsChanged" in follower.failure)
        with pytest.raises(PartitionsChanged, match="rebuild it"):
            pipeline.positions.shape("balances", {"ledger": 4})

    def test_the_way_back_to_the_log_is_open_when_nothing_is_under_way(
        self, pipeline: Pipeline
    ) -> None:
        pipeline.positions.shape("balances", {"ledger": 3})
        steps = [Step(Log("ledger", n), Position(), Position(7, n)) for n in range(3)]
        with pipeline.projections.transaction(commit=True) as cursor:
            assert pipeline.positions.advance(cursor, "balances", steps)
        pipeline.positions.shape("balances", {"ledger": 1})
        assert pipeline.positions.all_of("balances") == {Log("ledger"): Position(7)}


@pytest.mark.slow
class TestBrokerRestart:
    def test_the_feed_goes_on_after_the_broker_was_killed(
        self, database_url: str, broker: KafkaBroker, tmp_path: Path
    ) -> None:
        with open_pipeline(database_url, Kafka(broker.bootstrap), tmp_path) as pipeline:
            pipeline.relay().start()
            pipeline.follower().start()
            pipeline.write("before")
            pipeline.wait()
            broker.kill()
            pipeline.write("during")
            broker.start()
            pipeline.write("after")
            pipeline.wait(90)
            assert pipeline.totals() == {"after": 4, "before": 4, "during": 4}
