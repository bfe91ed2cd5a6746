"""From the topic to the read model: everything once, in order, whoever dies."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from contracts.envelope import Envelope
from deploy.kafka_broker import KafkaBroker
from runtime.feed.consumer import Consumer
from runtime.feed.feed import Batch, Log, Position, Step
from runtime.feed.positions import PartitionsChanged
from runtime.kafka import Kafka, KafkaFeed, partition_of
from runtime.postgres.database import Cursor
from runtime.readmodels.comparison import verify
from runtime.readmodels.rebuild import rebuild
from tests.support.ledger import CODEC, book
from tests.support.pipeline import Pipeline, open_pipeline
from tests.support.waiting import wait_until

pytestmark = pytest.mark.kafka


class TestFollow:
    def test_every_event_is_applied_once_and_in_order(self, pipeline: Pipeline) -> None:
        pipeline.relay(batch_size=9).start()
        follower = pipeline.follower()
        follower.start()
        for number in range(40):
            pipeline.write(f"account-{number:02}")
        pipeline.wait()
        assert pipeline.totals() == {f"account-{number:02}": 4 for number in range(40)}
        wait_until(lambda: follower.lag() == 0, "nothing is left to apply", 30)
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

        wait_until(both_worked, "both have worked", 30)
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

        wait_until(has_events, "it has events in hand", 30)
        follower = pipeline.follower()
        follower.start()
        pipeline.wait()
        follower.apply(zombie, batches[0])
        zombie.close()
        assert pipeline.totals() == {"a": 4}


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
        wait_until(lambda: "PartitionsChanged" in follower.failure, "it refuses", 30)
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
