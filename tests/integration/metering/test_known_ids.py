"""Ids stay known when their keys move from memory into runs, and from runs into others."""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from collections.abc import Iterator
from contextlib import AsyncExitStack

import pytest

from runtime.postgres.database import Database
from services.metering.application.group_commit import GroupCommit
from services.metering.application.known_ids import upkeep
from services.metering.application.known_ids.keys import Keys, key_of
from services.metering.application.known_ids.known_ids import KnownIds
from services.metering.application.known_ids.runs import Runs, load
from services.metering.application.known_ids.upkeep import Upkeep
from services.metering.domain.identity import MESSAGE
from tests.support.group_commits import ACME, commits, messages

RUN_SIZE = 60


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    with Database(database_url, "metering", ids="uuid") as opened:
        yield opened


@pytest.fixture(autouse=True)
def small_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(upkeep, "PART_SIZE", 8)


async def new_of(opened: GroupCommit, *numbers: int) -> list[int]:
    """Those that were told to be new."""
    opened.submit(sent := messages(*numbers))
    answer = await sent.answer
    return [n for index, n in enumerate(numbers) if answer.status(index) == "inserted"]


def store(database_url: str, *batches: range) -> None:
    async def run() -> None:
        async with commits(database_url) as opened:
            for batch in batches:
                assert await new_of(opened, *batch) == list(batch)

    asyncio.run(run())


def keys(numbers: range) -> Keys:
    return Keys.of([key_of(ACME.of(MESSAGE, str(number))) for number in numbers])


class TestOverTime:
    @pytest.mark.parametrize("seed", range(4))
    def test_each_id_is_new_once_through_runs_merges_and_restarts(
        self, database_url: str, seed: int
    ) -> None:
        """Two processes draw from the same ids. Runs are deleted as soon as they are merged, so
        that whoever has not looked since is surprised."""
        chosen, told = random.Random(seed), Counter[int]()

        async def run() -> int:
            runs = 0
            async with AsyncExitStack() as stack:
                database = stack.enter_context(Database(database_url, "metering", ids="uuid"))
                keeper = Upkeep(database, RUN_SIZE, kept="0 s")

                async def started() -> GroupCommit:
                    return await stack.enter_async_context(commits(database_url, generation=50))

                processes = [await started(), await started()]
                for _ in range(60):
                    ids = chosen.sample(range(1_500), chosen.choice((1, 3, 40)))
                    told.update(await new_of(chosen.choice(processes), *ids))
                    what = chosen.randrange(10)
                    if what < 3:
                        runs += await asyncio.to_thread(keeper.work)
                    elif what < 5:
                        known = chosen.choice(processes)._blocks._known
                        await asyncio.to_thread(known.refresh)
                    elif what == 5:
                        processes[chosen.randrange(2)] = await started()
                told.update(await new_of(processes[0], *range(1_500)))
                runs += await asyncio.to_thread(keeper.work)
            return runs

        assert asyncio.run(run()) > 8
        assert told == dict.fromkeys(range(1_500), 1)


class TestRuns:
    def test_are_merged_four_at_a_time(self, database_url: str, database: Database) -> None:
        keeper = Upkeep(database, RUN_SIZE)
        store(database_url, *(range(start, start + 50) for start in range(0, 2_000, 50)))
        assert keeper.work() > 20
        runs = load(database, Runs())
        assert sorted(run.size for run in runs.runs)[-1] >= 16 * RUN_SIZE
        assert len(runs.runs) <= 9
        covered = sum(run.size for run in runs.runs)
        assert covered > 1_900
        assert runs.lost(keys(range(covered))) == 0
        assert len(runs.suspects(keys(range(50_000, 51_000)))) < 50
        [[kept]] = database.tuples("SELECT count(DISTINCT run) FROM metering_run_parts", ())
        assert kept > len(runs.runs)

    def test_of_which_one_broke_off_is_made_again(
        self, database_url: str, database: Database, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        store(database_url, range(100))
        keeper = Upkeep(database, RUN_SIZE)
        with monkeypatch.context() as broken:
            broken.setattr(Keys, "joined_bytes", lambda _: 1 / 0)
            with pytest.raises(ZeroDivisionError):
                keeper.work()
        assert load(database, Runs()) == Runs()
        assert keeper.work() == 1
        assert load(database, Runs()).lost(keys(range(100))) == 0

    def test_that_are_all_dropped_are_made_again_of_the_blocks(
        self, database_url: str, database: Database
    ) -> None:
        store(database_url, range(100), range(100, 200))
        Upkeep(database, RUN_SIZE).work()
        database.execute("TRUNCATE metering_runs, metering_run_parts")
        Upkeep(database, RUN_SIZE).work()
        assert load(database, Runs()).lost(keys(range(200))) == 0


class TestALostBit:
    def test_is_seen_and_the_filters_are_made_again(
        self, database_url: str, database: Database, capsys: pytest.CaptureFixture[str]
    ) -> None:
        store(database_url, range(100))
        Upkeep(database, RUN_SIZE).work()
        known = KnownIds(database)
        known.refresh()
        known._runs.runs[0].filter._words[:] = 0
        known.refresh()
        told = capsys.readouterr()
        assert "known_ids_lost" in told.out + told.err
        assert known._runs.lost(keys(range(100))) == 0
