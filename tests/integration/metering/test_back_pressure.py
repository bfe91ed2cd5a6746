"""What can't be stored is refused; what is slow says so."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime

import pytest

from kernel.errors import Unavailable
from runtime.postgres.database import Database
from runtime.postgres.pipelined_connection import ConnectionLost, PipelinedConnection, Row
from services.metering.application import group_commit
from services.metering.application.commands import RecordUsage
from services.metering.application.commit_queue import SETTINGS, STATEMENTS
from services.metering.application.group_commit import GroupCommit
from services.metering.application.recorder import UsageStore
from tests.integration.metering.conftest import Own
from tests.support.waiting import wait_until

NOW = datetime(2026, 11, 22, tzinfo=UTC)


def messages(*numbers: int) -> RecordUsage:
    command = RecordUsage()
    for number in numbers:
        state = b'{"timestamp":"2026-11-22T00:00:00Z","number":%d}' % number
        identity = number.to_bytes(16, "big")
        command.add(identity, "metering.MessageMetered", state, ("acme", "message", 202611))
    return command


class LosesAnAnswer(PipelinedConnection):
    """The connection breaks between the commit of the second group and its answer."""

    groups = 0

    async def run(self, name: str, parameters: Sequence[bytes | None]) -> list[Row]:
        rows = await super().run(name, parameters)
        if name == "append_usage":
            self.groups += 1
            if self.groups == 2:
                self.close()
                raise ConnectionLost("after the commit")
        return rows


@asynccontextmanager
async def commits(
    database_url: str, kind: type[PipelinedConnection] = PipelinedConnection
) -> AsyncIterator[GroupCommit]:
    with Database(database_url, "metering", ids="uuid") as database:
        UsageStore(database).migrate()
    link = kind(database_url, STATEMENTS, schema="metering", settings=SETTINGS)
    opened = GroupCommit(link, lambda _: None, lambda: NOW)
    await opened.start()
    try:
        yield opened
    finally:
        await opened.stop()


class TestGroupCommit:
    def test_what_waits_together_is_committed_together(self, database_url: str) -> None:
        async def run() -> tuple[int, int, int]:
            async with commits(database_url) as opened:
                sent = [messages(number) for number in range(50)]
                for command in sent:
                    opened.submit(command)
                answers = [await command.answer for command in sent]
                return answers[0].head, answers[1].head, answers[-1].head

        assert asyncio.run(run()) == (50, 50, 50)

    def test_a_full_queue_refuses_and_keeps_nothing_of_it(
        self, database_url: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(group_commit, "LONGEST_QUEUE", 10)

        async def run() -> int:
            async with commits(database_url) as opened:
                kept = messages(*range(10))
                opened.submit(kept)
                with pytest.raises(Unavailable) as refused:
                    opened.submit(messages(11))
                assert refused.value.details["retry_after"] == 1
                head = (await kept.answer).head
                opened.submit(later := messages(12))
                return (await later.answer).head - head

        assert asyncio.run(run()) == 1

    def test_stopping_commits_what_waits_and_refuses_the_rest(self, database_url: str) -> None:
        async def run() -> int:
            async with commits(database_url) as opened:
                sent = [messages(number) for number in range(20)]
                for command in sent:
                    opened.submit(command)
                await opened.stop()
                with pytest.raises(Unavailable):
                    opened.submit(messages(99))
                return (await sent[-1].answer).head

        assert asyncio.run(run()) == 20

    def test_who_sent_an_event_whose_commit_was_not_acknowledged_is_told_inserted(
        self, database_url: str
    ) -> None:
        async def run() -> list[str]:
            async with commits(database_url, LosesAnAnswer) as opened:
                first = messages(1)
                opened.submit(first)
                await first.answer
                sent = messages(1, 2, 3)
                opened.submit(sent)
                answer = await sent.answer
                return [answer.status(sent, identity) for identity in sent.ids]

        assert asyncio.run(run()) == ["duplicate", "inserted", "inserted"]


class TestReadiness:
    def test_a_process_that_does_not_follow_its_log_says_so(self, own: Own) -> None:
        assert own.metering.service.ready() == {"metering.state": None}
        with own.metering.store.database.transaction(commit=True) as cursor:
            cursor.execute("ALTER TABLE metering_plans RENAME TO gone")
        wait_until(
            lambda: own.metering.service.ready()["metering.state"],
            "the lag is reported",
            seconds=15,
        )
        assert own.host.can_start().status_code == 200
        with own.metering.store.database.transaction(commit=True) as cursor:
            cursor.execute("ALTER TABLE gone RENAME TO metering_plans")
        wait_until(lambda: not own.metering.service.ready()["metering.state"], "it has caught up")
