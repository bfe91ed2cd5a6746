"""One batch ahead, and nothing lost or seen twice for it."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field

import pytest

from contracts.envelope import Envelope
from runtime.ahead import Ahead, ReadingAhead
from runtime.feed import Batch, Log, Position, Step

HERE, THERE = Log("ledger", 0), Log("ledger", 1)


@dataclass
class Counting:
    """Gives 1, 2, 3 …, and then fails."""

    until: int
    given: int = 0
    threads: set[str] = field(default_factory=set)

    def __call__(self, timeout: float) -> int:
        if self.given == self.until:
            raise ValueError("no more")
        self.threads.add(threading.current_thread().name)
        self.given += 1
        return self.given


class TestAhead:
    def test_given_little_to_do_then_nothing_is_read_early(self) -> None:
        count = Counting(until=10)
        ahead = Ahead(count, is_much=lambda _: False)
        assert [ahead.next(1), ahead.next(1)] == [1, 2]
        ahead.close()
        assert count.given == 2

    def test_given_much_to_do_then_the_next_is_read_meanwhile_in_order(self) -> None:
        count = Counting(until=10)
        ahead = Ahead(count, is_much=lambda _: True)
        assert [ahead.next(5) for _ in range(4)] == [1, 2, 3, 4]
        ahead.close()
        assert count.given == 5
        assert len(count.threads) == 2

    def test_given_a_failure_then_what_came_before_it_is_not_lost(self) -> None:
        ahead = Ahead(Counting(until=2), is_much=lambda _: True)
        assert [ahead.next(5), ahead.next(5)] == [1, 2]
        assert ahead.take_back() is None
        with pytest.raises(ValueError, match="no more"):
            ahead.next(5)
        ahead.close()


class TwoLogs:
    """Gives ten sequences of one log, then ten of the other, and so on."""

    def __init__(self) -> None:
        self.positions = {HERE: Position(), THERE: Position()}
        self.turn = [HERE, THERE]

    def next_batch(self, timeout: float) -> Batch[Envelope]:
        log = self.turn.pop(0)
        self.turn.append(log)
        before = self.positions[log]
        after = self.positions[log] = Position(before.sequence + 10)
        return Batch([Step(log, before, after)], [])

    def rewind(self, log: Log, position: Position) -> None:
        self.positions[log] = position

    def close(self) -> None:
        self.positions.clear()


class TestReadingAhead:
    def test_given_a_batch_that_was_refused_then_what_was_read_behind_it_comes_again(self) -> None:
        ahead = ReadingAhead(TwoLogs(), much=0)
        first = ahead.next_batch(5)
        assert first is not None
        ahead.rewind(HERE, Position(7))
        steps = [step for _ in range(4) if (batch := ahead.next_batch(5)) for step in batch.steps]
        ahead.close()
        assert sorted((s.log.partition, s.before.sequence, s.after.sequence) for s in steps) == [
            (0, 7, 17),
            (0, 17, 27),
            (1, 0, 10),
            (1, 10, 20),
        ]
