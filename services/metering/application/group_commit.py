"""Group commit: whatever waits is committed by one statement, without lingering for more.

One connection, one statement at a time, so requests wait for the commit that carries them: a 2xx
means stored. The queue is bounded; what does not fit is refused before anything of it is kept.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence

import structlog

from kernel.clock import Clock
from kernel.errors import Unavailable
from runtime.postgres import binary_arrays
from runtime.postgres.pipelined_connection import ConnectionLost, PipelinedConnection
from services.metering.application.commands import ChangeHold, Figures, RecordUsage
from services.metering.application.commit_queue import Command, CommitQueue, hold_queue, usage_queue

log = structlog.get_logger()

LONGEST_QUEUE = 40_000
QUEUED_SECONDS = 5.0
IN_FLIGHT_SECONDS = 30.0
PAUSES = (0.02, 0.05, 0.1, 0.2, 0.5)


class GroupCommit:
    """`committed(figures)` is called in the loop after every commit, before those who waited
    for it go on. Open for the lifetime of the event loop: `start()`, `stop()`."""

    def __init__(
        self,
        connection: PipelinedConnection,
        committed: Callable[[Figures], None],
        clock: Clock,
    ) -> None:
        self._connection = connection
        self._committed = committed
        self._clock = clock
        self._usage, self._holds = usage_queue(), hold_queue()
        self._size = 0
        self._head = 0
        self._open = False
        self._wake = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Raises ConnectionLost when the database can't be reached."""
        await self._connection.connect()
        self._open = True
        self._task = asyncio.create_task(self._run(), name="group commit")

    async def stop(self) -> None:
        """Refuses new commands, commits what waits, and closes."""
        self._open = False
        self._wake.set()
        if self._task is not None:
            await self._task
        self._connection.close()

    def submit(self, command: RecordUsage | ChangeHold) -> None:
        """`command.answer` tells the outcome. Raises Unavailable, and then nothing is kept."""
        size = len(command)
        if not self._open or self._size + size > LONGEST_QUEUE:
            raise Unavailable(retry_after=1)
        self._size += size
        if isinstance(command, RecordUsage):
            command.encode()  # here, where it overlaps with the group that is on its way
            self._usage.queue.append(command)
        else:
            self._holds.queue.append(command)
        self._wake.set()

    async def _run(self) -> None:
        while self._open or self._size:
            if not self._size:
                self._wake.clear()
                await self._wake.wait()
            await self._serve(self._usage)
            await self._serve(self._holds)

    async def _serve(self, queue: CommitQueue[Command]) -> None:
        group = queue.take()
        if not group:
            return
        try:
            await self._commit(queue, group)
        except Exception:
            # Whatever it was (a StatementRefused, a defect): nobody may wait for ever.
            log.exception("group_failed", statement=queue.statement)
            _fail(group, "This could not be stored.")
        finally:
            self._size -= sum(len(command) for command in group)

    async def _commit(self, queue: CommitQueue[Command], commands: list[Command]) -> None:
        attempt = 0
        while True:
            try:
                if attempt:
                    await self._connection.connect()
                    await self._recover(queue, commands)
                group = queue.group(commands, self._clock())
                row = (await self._connection.run(queue.statement, group.parameters()))[0]
                figures = group.read(row)
                self._head = figures.head
                self._committed(figures)
            except ConnectionLost as error:
                log.warning("group_commit_lost_its_connection", error=str(error).strip())
                self._give_up_on_old()
                if all(time.monotonic() - c.since > IN_FLIGHT_SECONDS for c in commands):
                    _fail(commands, "The database can't be reached. Send the same again.")
                    return
                await asyncio.sleep(PAUSES[min(attempt, len(PAUSES) - 1)])
                attempt += 1
            else:
                return

    async def _recover(self, queue: CommitQueue[Command], commands: list[Command]) -> None:
        """Finds out which commands the lost attempt had committed, so that who sent them is told
        `inserted` and not `duplicate` when the group is sent again."""
        stored = [queue.stored(command) for command in commands]
        parameters: list[bytes | None] = [
            binary_arrays.uuid_array([i for ids, _ in stored for i in ids]),
            binary_arrays.bytea_array([state for _, states in stored for state in states]),
            binary_arrays.int8(self._head),
        ]
        [[ours]] = await self._connection.run("recorded", parameters)
        recorded = frozenset(binary_arrays.read_uuids(ours))
        for command, (ids, _) in zip(commands, stored, strict=True):
            command.recovered |= recorded.intersection(ids)

    def _give_up_on_old(self) -> None:
        """While the database is away nobody waits long for a turn that may not come. What is in
        flight may be stored already, so its sender gets an answer only when that is known."""
        limit = time.monotonic() - QUEUED_SECONDS
        for queue in (self._usage.queue, self._holds.queue):
            while queue and queue[0].since < limit:
                command = queue.popleft()
                self._size -= len(command)
                _fail([command], "The database can't be reached. Try again.")


def _fail(commands: Sequence[RecordUsage | ChangeHold], message: str) -> None:
    for command in commands:
        if not command.answer.done():
            command.answer.set_exception(Unavailable(message, retry_after=1))
