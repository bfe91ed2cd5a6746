"""Messages that wait for the next commit, and what this process has seen of the log's blocks."""

from __future__ import annotations

import asyncio
import uuid
from collections import deque
from collections.abc import Sequence
from datetime import datetime

from runtime.postgres import binary_arrays
from runtime.postgres.pipelined_connection import PipelinedConnection, Row
from services.metering.application.blocks.block import Block
from services.metering.application.commands import Figures, MessagesAnswer, RecordMessages
from services.metering.application.commit_group import read_accounts
from services.metering.application.group_of_commands import take
from services.metering.application.known_ids.keys import Keys, key_of
from services.metering.application.known_ids.known_ids import KnownIds

STATEMENTS = {
    "append_block": "SELECT * FROM metering_events_append_block("
    + ", ".join(f"${n}" for n in range(1, 14))
    + ")",
    "log_head": "SELECT coalesce(max(notification_id), 0) FROM metering_events",
    # Whose keys are not all in runs.
    "has_rows": """
        SELECT present AND last > (SELECT coalesce(max(adopted), 0) FROM metering_runs)
          FROM metering_message_rows
    """,
    # A stretch of them: what all have in memory at once is bounded.
    "blocks_after": """
        SELECT originator_version, notification_id, keys, rest, refused::bigint[], attempt
          FROM metering_events
         WHERE originator_id = '00000000-0000-0000-0000-000000000000' AND originator_version > $1
           AND notification_id < 200000 + (
               SELECT notification_id FROM metering_events
                WHERE originator_id = '00000000-0000-0000-0000-000000000000'
                  AND originator_version > $1 ORDER BY originator_version LIMIT 1)
         ORDER BY originator_version
    """,
    "stored_in_rows": """
        SELECT string_agg(uuid_send(e.originator_id), '')
          FROM unnest($1::uuid[]) AS g(id) JOIN metering_events e
            ON e.originator_id = g.id AND e.originator_version = 1
    """,
}


class BlockQueue:
    """The keys of all blocks up to the last that was seen are known. So a message is new if its key
    is not known, and in no block that others appended since: that the database checks under its
    lock, and where it finds one, this process reads on and asks again."""

    def __init__(self, known: KnownIds) -> None:
        self.queue: deque[RecordMessages] = deque()
        self.behind = False
        self._known = known
        self._seen = 0
        self._position = 0
        self._rows = False
        self._attempt = b""
        self._own: set[bytes] = set()

    def take(self) -> list[RecordMessages]:
        return take(self.queue, lambda command: command.ids)

    async def open(self, connection: PipelinedConnection) -> None:
        """Learns what is stored. Whether there are rows is asked before the runs are read that may
        hold their keys meanwhile, and once: what is found then stays true."""
        [[rows]] = await connection.run("has_rows", [])
        self._rows = rows == b"\1"
        await asyncio.to_thread(self._known.refresh)
        self._seen = self._known.upto
        await self._catch_up(connection)

    async def open_anew(self, connection: PipelinedConnection) -> None:
        self._known.forget()
        await self.open(connection)

    async def _catch_up(self, connection: PipelinedConnection) -> None:
        await self.follow(connection)
        [[head]] = await connection.run("log_head", [])
        self._position = binary_arrays.read_int8(head)

    async def recover(self, connection: PipelinedConnection, _: Sequence[RecordMessages]) -> None:
        """What the lost attempt had stored is told as inserted, not as a duplicate of itself."""
        await self._catch_up(connection)

    async def follow(self, connection: PipelinedConnection) -> None:
        """Takes in the keys of all blocks that were appended since."""
        self.behind = False
        while rows := await connection.run("blocks_after", [binary_arrays.int8(self._seen)]):
            for row in rows:
                self._take_in(row)

    def _take_in(self, row: Row) -> None:
        keys = Keys.read(row[2], row[3]).without(binary_arrays.read_int8_array(row[4]))
        if self._attempt and row[5] == self._attempt:
            self._own.update(keys.packed())
        self._seen, self._position = (binary_arrays.read_int8(column) for column in row[:2])
        self._known.add(self._seen, keys)

    async def commit(
        self,
        connection: PipelinedConnection,
        commands: Sequence[RecordMessages],
        _: datetime,
    ) -> Figures:
        """Answers every command; returns what changed. Raises ConnectionLost."""
        ids = [each for command in commands for each in command.ids]
        packed = [key_of(each) for each in ids]
        keys = Keys.of(packed)
        stored = await self._stored_in_rows(connection, ids)
        while True:
            if self.behind:
                await self.follow(connection)
            known = stored | await self._known.find(connection, packed, keys)
            block = Block(commands, keys, known)
            own = {n for n, key in enumerate(packed) if key in self._own} if self._own else set()
            if not len(block):
                self._settled()
                _answer(commands, block, self._position, (), own)
                return Figures(self._position, self._position, [])
            self._attempt = uuid.uuid4().bytes
            parameters = block.parameters(self._seen, self._attempt)
            [row] = await connection.run("append_block", parameters)
            if row[3] == b"\0":
                return self._appended(commands, block, row, own)
            self.behind = True

    def _appended(
        self, commands: Sequence[RecordMessages], block: Block, row: Row, own: set[int]
    ) -> Figures:
        figures = read_accounts(block.accounts, row)
        number, refused = binary_arrays.read_int8(row[2]), binary_arrays.read_int8_array(row[4])
        if figures.head > figures.previous and number == self._seen + 1:
            self._known.add(number, block.keys.without(refused))
            self._seen, self._position = number, figures.head
        self.behind = number > self._seen
        self._settled()
        _answer(commands, block, figures.head, refused, own)
        return figures

    def _settled(self) -> None:
        """Nothing is in flight."""
        self._attempt = b""
        self._own.clear()

    async def _stored_in_rows(
        self, connection: PipelinedConnection, ids: Sequence[bytes]
    ) -> set[int]:
        """Indexes of those that stand in rows of their own, which become no more."""
        if not self._rows:
            return set()
        [[found]] = await connection.run("stored_in_rows", [binary_arrays.uuid_array(ids)])
        stored = set(binary_arrays.read_uuids(found))
        return {n for n, each in enumerate(ids) if each in stored} if stored else set()


def _answer(
    commands: Sequence[RecordMessages],
    block: Block,
    head: int,
    refused: Sequence[int],
    recovered: set[int],
) -> None:
    statuses = block.statuses(refused, recovered)
    start = 0
    for command in commands:
        own = None if statuses is None else statuses[start : start + len(command)]
        start += len(command)
        if not command.answer.done():
            command.answer.set_result(MessagesAnswer(head, own))
