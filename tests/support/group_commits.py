"""The group commit by itself, without a server in front of it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime

from runtime.postgres.database import Database
from runtime.postgres.pipelined_connection import ConnectionLost, PipelinedConnection, Row
from services.metering.application.commands import RecordMessages, RecordUsage
from services.metering.application.commit_queue import SETTINGS, STATEMENTS
from services.metering.application.group_commit import GroupCommit
from services.metering.application.known_ids.known_ids import KnownIds
from services.metering.application.known_ids.upkeep import RUN_SIZE
from services.metering.application.recorder import UsageStore
from services.metering.domain.identity import CONVERSATION, MESSAGE, Identity

NOW = datetime(2026, 11, 22, tzinfo=UTC)
CAUSE = b'{"actor":"service:host","correlation_id":"r","causation_id":"request:r"}'
ACME = Identity("acme")


def messages(*numbers: int) -> RecordMessages:
    command = RecordMessages(CAUSE)
    for number in numbers:
        identity = ACME.of(MESSAGE, str(number))
        command.add(identity, "acme", NOW, str(number), None)
    return command


def exact(number: int, limit: int | None) -> RecordMessages:
    command = messages(number)
    command.exact, command.limit = True, limit
    return command


def turns(*numbers: int) -> RecordUsage:
    command = RecordUsage()
    for number in numbers:
        state = b'{"timestamp":"2026-11-22T00:00:00Z","number":%d}' % number
        account = ("acme", "conversation", 202611)
        identity = ACME.of(CONVERSATION, str(number))
        command.add(identity, "metering.ConversationMetered", state, account)  # type: ignore[arg-type]
    return command


class LosesAnAnswer(PipelinedConnection):
    """The connection breaks between the commit of the second group and its answer."""

    groups = 0

    async def run(self, name: str, parameters: Sequence[bytes | None]) -> list[Row]:
        rows = await super().run(name, parameters)
        if name in ("append_usage", "append_block"):
            self.groups += 1
            if self.groups == 2:
                self.close()
                raise ConnectionLost("after the commit")
        return rows


@asynccontextmanager
async def commits(
    database_url: str,
    kind: type[PipelinedConnection] = PipelinedConnection,
    generation: int = RUN_SIZE,
) -> AsyncIterator[GroupCommit]:
    with Database(database_url, "metering", ids="uuid") as database:
        UsageStore(database).migrate()
        link = kind(database_url, STATEMENTS, schema="metering", settings=SETTINGS)
        known = KnownIds(database, generation)
        opened = GroupCommit(link, known, lambda _: None, lambda: NOW)
        await opened.start()
        try:
            yield opened
        finally:
            await opened.stop()
