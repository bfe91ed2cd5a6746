"""`?after=`: what is waited for, for whom, how long, and how many may."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator

import pytest

from kernel.errors import DomainError, Unavailable
from runtime.feed.feed import Log, Position, Step
from runtime.feed.positions import Positions
from runtime.postgres.database import Database
from runtime.readmodels.waiting import PositionUnknown, ProjectionBehind, Waiting

HEAD = 5


@pytest.fixture
def positions(database_url: str) -> Iterator[Positions]:
    with Database(database_url, "projections") as database:
        opened = Positions(database)
        opened.migrate()
        opened.shape("seen", {"test": 1})
        yield opened


def apply(positions: Positions, sequence: int) -> None:
    with positions.database.transaction(commit=True) as cursor:
        step = Step(Log("test"), Position(), Position(sequence))
        assert positions.advance(cursor, "seen", [step])


def waiting(positions: Positions, *, most: int = 200, seconds: float = 0.2) -> Waiting:
    return Waiting(positions, lambda _: HEAD, most=most, seconds=seconds)


async def outcome(waits: Waiting, sequence: int) -> type[DomainError] | None:
    try:
        await waits.until_applied("seen", "test", sequence)
    except DomainError as refusal:
        return type(refusal)
    return None


class TestWaitForAPosition:
    def test_that_is_applied_returns_at_once(self, positions: Positions) -> None:
        apply(positions, HEAD)
        assert asyncio.run(outcome(waiting(positions), HEAD)) is None

    def test_that_is_applied_meanwhile_returns_then(self, positions: Positions) -> None:
        async def scene() -> type[DomainError] | None:
            waiter = asyncio.create_task(outcome(waiting(positions, seconds=5), HEAD))
            await asyncio.sleep(0.05)
            assert not waiter.done()
            await asyncio.to_thread(apply, positions, HEAD)
            return await waiter

        assert asyncio.run(scene()) is None

    def test_that_never_comes_is_bounded(self, positions: Positions) -> None:
        assert asyncio.run(outcome(waiting(positions), HEAD)) is ProjectionBehind

    def test_that_the_log_does_not_have_is_refused_at_once(self, positions: Positions) -> None:
        started = time.monotonic()
        assert asyncio.run(outcome(waiting(positions, seconds=30), HEAD + 1)) is PositionUnknown
        assert time.monotonic() - started < 5

    def test_beyond_a_head_that_cant_be_known_is_waited_for(self, positions: Positions) -> None:
        waits = Waiting(positions, lambda _: None, seconds=0.2)
        assert asyncio.run(outcome(waits, HEAD + 1)) is ProjectionBehind

    def test_only_so_many_wait_and_the_rest_is_told_at_once(self, positions: Positions) -> None:
        async def scene() -> list[type[DomainError] | None]:
            waits = waiting(positions, most=10)
            return await asyncio.gather(*(outcome(waits, HEAD) for _ in range(300)))

        found = asyncio.run(scene())
        assert found.count(ProjectionBehind) == 10
        assert found.count(Unavailable) == 290
