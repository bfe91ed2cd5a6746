"""Messages of one commit are one row of the log, and nobody can tell from outside."""

from __future__ import annotations

import asyncio
import random
import threading
from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime

import msgspec
import pytest

from kernel.cause import Cause
from runtime.eventstore.recorder import RecordedEvent
from runtime.postgres.database import Database
from services.metering.application.known_ids.upkeep import Upkeep
from services.metering.application.recorder import UsageStore
from services.metering.application.stored import cause_state, usage_state
from services.metering.domain.identity import MESSAGE
from tests.integration.metering.conftest import Own
from tests.support.group_commits import ACME, NOW, commits, exact, messages
from tests.support.metering_caller import caller
from tests.support.metering_process import metering_processes
from tests.support.metering_service import MeteringService, served

NOTHING_IS_SEEN = """
CREATE OR REPLACE FUNCTION metering_is_known_since(expected bigint, number bigint, ids bigint[])
RETURNS boolean LANGUAGE sql AS 'SELECT false'
"""


def log_of(database_url: str) -> list[RecordedEvent]:
    with Database(database_url, "metering", ids="uuid") as database:
        return UsageStore(database).read(0, 1_000_000)


def names(events: Sequence[RecordedEvent]) -> list[str]:
    facts = (msgspec.json.decode(event.state) for event in events)
    return [fact["usage_id"] for fact in facts if "usage_id" in fact]


class TestABlock:
    def test_holds_what_was_not_refused_in_the_order_in_which_it_came(
        self, database_url: str
    ) -> None:
        async def run() -> tuple[list[str], int]:
            async with commits(database_url) as opened:
                sent = [messages(1, 2), *(exact(number, 3) for number in (3, 4, 5, 6)), messages(7)]
                opened.submit(*sent)
                answers = [await command.answer for command in sent]
                return [answer.status(0) for answer in answers], answers[0].head

        told, head = asyncio.run(run())
        # Exact ones are decided first.
        assert told == [*["inserted"] * 4, "refused", "inserted"]
        events = log_of(database_url)
        assert names(events) == ["1", "2", "3", "4", "5", "7"]
        assert [event.sequence for event in events] == [1, 2, 3, 4, 5, 6]
        assert head == 6
        with Database(database_url, "metering", ids="uuid") as database:
            store = UsageStore(database)
            assert store.read(2, 2) == events[2:4]
            assert store.read(5, 10) == events[5:]
            assert store.read(6, 10) == []
            assert store.at([2, 6, 99]) == [events[1], events[5]]
            assert store.of_stream(events[3].stream) == [events[3]]
            assert store.of_stream("00000000-0000-0000-0000-00000000000f") == []
            [[rows]] = database.tuples("SELECT count(*) FROM metering_events", ())
            assert rows == 1

    def test_of_nothing_but_refused_messages_is_not_written(self, database_url: str) -> None:
        async def run() -> list[str]:
            async with commits(database_url) as opened:
                opened.submit(first := exact(1, 1))
                await first.answer
                opened.submit(*(more := [exact(2, 1), exact(3, 1)]))
                return [(await command.answer).status(0) for command in more]

        assert asyncio.run(run()) == ["refused", "refused"]
        assert names(log_of(database_url)) == ["1"]

    def test_a_process_that_starts_later_knows_its_ids(self, database_url: str) -> None:
        async def run(*numbers: int) -> list[str]:
            async with commits(database_url) as opened:
                opened.submit(sent := messages(*numbers))
                answer = await sent.answer
                return [answer.status(index) for index in range(len(numbers))]

        assert asyncio.run(run(1, 2)) == ["inserted", "inserted"]
        assert asyncio.run(run(3, 2, 1)) == ["inserted", "duplicate", "duplicate"]
        assert names(log_of(database_url)) == ["1", "2", "3"]


class TestMessagesInRows:
    """As they were stored before there were blocks."""

    @pytest.fixture
    def filled(self, database_url: str) -> str:
        """Has two messages of `acme` in rows, and counts them."""
        metering = MeteringService(database_url)
        metering.migrate()
        cause = cause_state(Cause("service:host", "r", "request:r"))
        with metering.store.database.transaction(commit=True) as cursor:
            for day, usage_id in ((2, "old-1"), (3, "old-2")):
                instant = datetime(2026, 11, day, tzinfo=UTC)
                cursor.execute(
                    "INSERT INTO metering_events (originator_id, originator_version, topic, state) "
                    "VALUES (encode(%s, 'hex')::uuid, 1, 'metering.MessageMetered', %s)",
                    (
                        ACME.of(MESSAGE, usage_id),
                        usage_state("message", instant, cause, "acme", "2026-11", usage_id, None),
                    ),
                )
            cursor.execute(
                "INSERT INTO metering_quotas (workspace, metric, month, used, position) "
                "VALUES ('acme', 'message', 202611, 2, 2)"
            )
            cursor.execute("UPDATE metering_message_rows SET present = true, last = 2")
        metering.service.close()
        metering.database.close()
        return database_url

    def test_are_known_counted_and_told_of_together_with_blocks(
        self, filled: str, own: Own
    ) -> None:
        own.billing.limit(own.host, messages=5)
        reported = [
            own.host.event("new-1", occurred_at="2026-11-03T10:00:00Z"),
            own.host.event("new-2", occurred_at="2026-11-04T10:00:00Z"),
            own.host.event("old-1"),
        ]
        told = [result["status"] for result in own.host.report(*reported)]
        assert told == ["inserted", "inserted", "duplicate"]
        assert own.host.message("old-2").status_code == 200
        assert own.host.message("new-3").status_code == 201
        refused = own.host.message("new-4")
        own.host.report(own.host.event("later"))
        explained = own.host.explain(refused)
        assert (explained["used"], explained["limit"]) == (5, 5)
        assert explained["usage"]["days"] == [
            {"day": "2026-11-02", "count": 1},
            {"day": "2026-11-03", "count": 2},
            {"day": "2026-11-04", "count": 1},
            {"day": "2026-11-22", "count": 1},
        ]
        assert explained["usage"]["first"]["id"] == "old-1"
        assert explained["usage"]["last"]["id"] == "new-3"
        assert own.host.used() == (0, 6)
        assert names(own.metering.store.read(0, 10)) == [
            *("old-1", "old-2", "new-1", "new-2", "new-3", "later")
        ]

    def test_are_known_by_their_keys_once_these_stand_in_runs(self, filled: str) -> None:
        async def told(ids: Sequence[str]) -> tuple[list[str], bool]:
            async with commits(filled) as opened:
                command = messages()
                for each in ids:
                    command.add(ACME.of(MESSAGE, each), "acme", NOW, each, None)
                opened.submit(command)
                answer = await command.answer
                return [answer.status(n) for n in range(len(ids))], opened._blocks._rows

        new_and_old = ["new", "old-1", "old-2"]
        assert asyncio.run(told(new_and_old)) == (["inserted", "duplicate", "duplicate"], True)
        with Database(filled, "metering", ids="uuid") as database:
            keeper = Upkeep(database, run_size=1)
            keeper.work()
            assert asyncio.run(told(new_and_old)) == (["duplicate"] * 3, False)
            # Who takes the runs away takes away what says that they hold the keys.
            database.execute("TRUNCATE metering_runs, metering_run_parts")
            assert asyncio.run(told(new_and_old)) == (["duplicate"] * 3, True)


def report(origins: Sequence[str], *, senders: int, requests: int) -> Counter[str]:
    """How often each id was told to be new. The senders draw from the same ids."""
    told: Counter[str] = Counter()
    lock = threading.Lock()

    def send(number: int) -> None:
        chosen, mine = random.Random(number), list[str]()
        with caller(origins[number % len(origins)]) as host:
            for _ in range(requests):
                ids = [f"{chosen.randrange(20_000)}" for _ in range(400)]
                results = host.report(*(host.event(each) for each in ids))
                mine += [each["id"] for each in results if each["status"] == "inserted"]
        with lock:
            told.update(mine)

    threads = [threading.Thread(target=send, args=(number,)) for number in range(senders)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return told


class TestTheSameIdsThroughSeveralServers:
    def test_one_server_knows_at_once_what_the_other_stored(self, database_url: str) -> None:
        with (
            served(MeteringService(database_url)) as one,
            served(MeteringService(database_url)) as two,
        ):
            told = report([one, two], senders=4, requests=5)
        assert set(told.values()) == {1}
        assert sorted(names(log_of(database_url))) == sorted(told)

    @pytest.mark.slow
    @pytest.mark.timeout(600)
    def test_each_id_is_new_once_over_three_processes(self, database_url: str) -> None:
        with metering_processes(database_url, 3, "--no-projection") as processes:
            told = report([each.origin for each in processes], senders=9, requests=40)
        assert set(told.values()) == {1}
        assert sorted(names(log_of(database_url))) == sorted(told)

    @pytest.mark.slow
    @pytest.mark.timeout(600)
    def test_without_the_look_under_the_lock_some_are_new_twice(self, database_url: str) -> None:
        """The control: the race that the test above is about does happen."""
        with metering_processes(database_url, 3, "--no-projection") as processes:
            with Database(database_url, "metering") as database:
                database.execute(NOTHING_IS_SEEN)
            told = report([each.origin for each in processes], senders=9, requests=40)
        assert max(told.values()) > 1
