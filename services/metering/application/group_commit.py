"""Group commit: whatever waits is committed by one statement, without lingering for more.

One connection, one statement at a time, so requests wait for the commit that carries them: a 2xx
means stored. The queue is bounded; what does not fit is refused before anything of it is kept.
"""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any, Protocol

import structlog
from prometheus_client import Gauge

from kernel.clock import Clock
from kernel.errors import Unavailable
from runtime.postgres.pipelined_connection import ConnectionLost, PipelinedConnection
from services.metering.application.accounts.command import ChangeAccount
from services.metering.application.accounts.queue import AccountQueue
from services.metering.application.blocks.queue import BlockQueue
from services.metering.application.commands import (
    ChangeHold,
    Figures,
    RecordMessages,
    RecordUsage,
)
from services.metering.application.commit_queue import hold_queue, usage_queue
from services.metering.application.known_ids.known_ids import KnownIds

log = structlog.get_logger()

LONGEST_QUEUE = 40_000
QUEUED_SECONDS = 5.0
IN_FLIGHT_SECONDS = 30.0
QUEUED = Gauge("metering_commit_queue_events", "Commands that wait for a commit, or are in it.")
PAUSES = (0.02, 0.05, 0.1, 0.2, 0.5)


Command = RecordMessages | RecordUsage | ChangeHold | ChangeAccount


class Queue(Protocol):
    """Commands of one kind, and how a group of them is committed."""

    queue: deque[Any]

    def take(self) -> list[Any]: ...
    async def commit(
        self, connection: PipelinedConnection, commands: Sequence[Any], present: datetime, /
    ) -> Figures: ...
    async def recover(
        self, connection: PipelinedConnection, commands: Sequence[Any], /
    ) -> None: ...


class GroupCommit:
    """`committed(figures)` is called in the loop after every commit, before those who waited
    for it go on. Open for the lifetime of the event loop: `start()`, `stop()`."""

    def __init__(
        self,
        connection: PipelinedConnection,
        known: KnownIds,
        committed: Callable[[Figures], None],
        clock: Clock,
    ) -> None:
        self._connection = connection
        self._committed = committed
        self._clock = clock
        self._blocks = BlockQueue(known)
        self.accounts = AccountQueue()
        self._queues: dict[type[Command], Queue] = {
            RecordMessages: self._blocks,
            RecordUsage: usage_queue(),
            ChangeHold: hold_queue(),
            ChangeAccount: self.accounts,
        }
        self._size = 0
        QUEUED.set_function(lambda: self._size)
        self._open = False
        self._outdated = False
        self._wake = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Raises ConnectionLost when the database can't be reached."""
        await self._connection.connect()
        await self._blocks.open(self._connection)
        self._open = True
        self._task = asyncio.create_task(self._run(), name="group commit")

    async def stop(self) -> None:
        """Refuses new commands, commits what waits, and closes."""
        self._open = False
        self._wake.set()
        if self._task is not None:
            await self._task
        self._connection.close()

    def submit(self, *commands: Command) -> None:
        """`command.answer` tells the outcome. Raises Unavailable, and then nothing is kept."""
        size = sum(map(len, commands))
        if not self._open or self._size + size > LONGEST_QUEUE:
            raise Unavailable(retry_after=1)
        self._size += size
        for command in commands:
            if isinstance(command, RecordUsage):
                command.encode()  # here, where it overlaps with the group that is on its way
            self._queues[type(command)].queue.append(command)
        self._wake.set()

    def heard(self) -> None:
        """Somebody else wrote: while there is nothing else to do, that is read."""
        self._blocks.behind = True
        self._wake.set()

    def forget(self) -> None:
        """The log is not the one that was followed: which ids it knows is read anew."""
        self._outdated = True

    async def _run(self) -> None:
        while self._open or self._size:
            if not self._size:
                await self._follow()
                await self._wake.wait()
            self._wake.clear()
            for queue in self._queues.values():
                await self._serve(queue)

    async def _follow(self) -> None:
        if self._blocks.behind:
            try:
                await self._blocks.follow(self._connection)
            except ConnectionLost:
                self._blocks.behind = True  # read before the next commit

    async def _serve(self, queue: Queue) -> None:
        group = queue.take()
        if not group:
            return
        try:
            await self._commit(queue, group)
        except Exception:
            # Whatever it was (a StatementRefused, a defect): nobody may wait for ever.
            log.exception("group_failed", queue=type(group[0]).__name__)
            _fail(group, "This could not be stored.")
        finally:
            self._size -= sum(len(command) for command in group)

    async def _commit(self, queue: Queue, commands: list[Command]) -> None:
        attempt = 0
        while True:
            try:
                if attempt:
                    await self._connection.connect()
                    await queue.recover(self._connection, commands)
                if self._outdated:
                    await self._blocks.open_anew(self._connection)
                    self._outdated = False
                self._committed(await queue.commit(self._connection, commands, self._clock()))
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

    def _give_up_on_old(self) -> None:
        """While the database is away nobody waits long for a turn that may not come. What is in
        flight may be stored already, so its sender gets an answer only when that is known."""
        limit = time.monotonic() - QUEUED_SECONDS
        for waiting in (each.queue for each in self._queues.values()):
            while waiting and waiting[0].since < limit:
                command = waiting.popleft()
                self._size -= len(command)
                _fail([command], "The database can't be reached. Try again.")


def _fail(commands: Sequence[Command], message: str) -> None:
    for command in commands:
        if not command.answer.done():
            command.answer.set_exception(Unavailable(message, retry_after=1))
