"""Many ask at once, one works for all."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

import pytest

from runtime.postgres.coalescing import Coalescing
from tests.support.waiting import wait_until


class Doubler:
    """Doubles; refuses to begin until it may."""

    def __init__(self) -> None:
        self.groups: list[list[int]] = []
        self.began = threading.Event()
        self.may_go_on = threading.Event()

    def __call__(self, numbers: Sequence[int]) -> list[int]:
        self.began.set()
        assert self.may_go_on.wait(10)
        self.groups.append(list(numbers))
        if -1 in numbers:
            raise ValueError("minus one")
        return [2 * number for number in numbers]


class TestGrouped:
    def test_given_work_under_way_when_others_come_then_they_are_done_together(self) -> None:
        doubler = Doubler()
        doubled = Coalescing(doubler)
        with ThreadPoolExecutor(9) as pool:
            first = pool.submit(doubled, 0)
            assert doubler.began.wait(10)
            others = [pool.submit(doubled, number) for number in range(1, 9)]
            wait_until(lambda: len(doubled._waiting) == len(others), "all of them wait")
            doubler.may_go_on.set()
            assert first.result() == 0
            assert [other.result() for other in others] == list(range(2, 18, 2))
        assert [len(group) for group in doubler.groups] == [1, 8]

    def test_given_a_failure_when_the_next_comes_then_only_that_group_has_failed(self) -> None:
        doubler = Doubler()
        doubler.may_go_on.set()
        doubled = Coalescing(doubler)
        with pytest.raises(ValueError, match="minus one"):
            doubled(-1)
        assert doubled(4) == 8

    def test_given_many_threads_when_each_asks_often_then_everyone_gets_their_own(self) -> None:
        doubler = Doubler()
        doubler.may_go_on.set()
        doubled = Coalescing(doubler)
        with ThreadPoolExecutor(16) as pool:
            assert list(pool.map(doubled, range(2_000))) == [2 * n for n in range(2_000)]
        assert sorted(n for group in doubler.groups for n in group) == list(range(2_000))
