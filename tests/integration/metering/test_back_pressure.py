"""What can't be stored is refused; what is slow says so."""

from __future__ import annotations

import asyncio

import pytest

from kernel.errors import Unavailable
from services.metering.application import group_commit
from tests.integration.metering.conftest import Own
from tests.support.group_commits import LosesAnAnswer, commits, messages, turns
from tests.support.waiting import wait_until


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

    def test_who_sent_a_message_whose_commit_was_not_acknowledged_is_told_inserted(
        self, database_url: str
    ) -> None:
        async def run() -> list[str]:
            async with commits(database_url, LosesAnAnswer) as opened:
                opened.submit(first := messages(1))
                await first.answer
                opened.submit(sent := messages(1, 2, 3))
                answer = await sent.answer
                opened.submit(again := messages(2))
                told = [answer.status(number) for number in range(3)]
                return [*told, (await again.answer).status(0)]

        assert asyncio.run(run()) == ["duplicate", "inserted", "inserted", "duplicate"]

    def test_who_sent_a_turn_whose_commit_was_not_acknowledged_is_told_inserted(
        self, database_url: str
    ) -> None:
        async def run() -> list[str]:
            async with commits(database_url, LosesAnAnswer) as opened:
                opened.submit(first := turns(1))
                await first.answer
                opened.submit(sent := turns(1, 2, 3))
                answer = await sent.answer
                return [answer.status(sent, identity) for identity in sent.ids]

        assert asyncio.run(run()) == ["duplicate", "inserted", "inserted"]


class TestReadiness:
    @pytest.mark.slow
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
