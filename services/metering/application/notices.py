"""Says what follows from figures, each thing once."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Callable, Collection, Sequence
from datetime import datetime
from itertools import islice
from typing import Protocol

import structlog

from kernel.clock import Clock
from kernel.errors import Unavailable
from runtime.process.failed_items import FAILED
from services.metering.application.commands import RecordUsage
from services.metering.application.group_commit import GroupCommit
from services.metering.domain.quota import Usage

log = structlog.get_logger()
WORK = "metering.thresholds"
AT_ONCE = 200
PAUSE = 0.2  # seconds before what could not be stored is tried again


class Notice(Protocol):
    """Equal ones are said once. The event has an id made of what the notice is about, so saying it
    twice changes nothing: every process may say it, and a process that died before it could is
    replaced by the next."""

    @property
    def topic(self) -> str: ...

    @property
    def month(self) -> int: ...

    def identity(self) -> bytes: ...

    def event(self, at: datetime, usage: Usage) -> bytes:
        """As it is stored. `usage` is what was known when it was noticed."""
        ...


class Notices:
    """What is to be said waits here, not among the commands of customers: some of it is stored at
    once, and as long as that took nothing more is. `said_before` is asked in a thread."""

    def __init__(
        self,
        commits: GroupCommit,
        clock: Clock,
        said_before: Callable[[Sequence[Notice]], Collection[Notice]],
    ) -> None:
        self._commits = commits
        self._clock = clock
        self._said_before = said_before
        self._noticed: set[Notice] = set()
        self._unsaid: dict[Notice, Usage] = {}
        self._wake = asyncio.Event()
        self._saying: asyncio.Task[None] | None = None

    def open(self) -> None:
        self._saying = asyncio.create_task(self._say_all(), name="notices")

    async def close(self) -> None:
        """What is not said yet is found by the next process."""
        if self._saying is not None:
            self._saying.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._saying

    def say(self, notice: Notice, usage: Usage) -> None:
        if notice not in self._noticed:
            self._noticed.add(notice)
            self._unsaid[notice] = Usage(usage.used, usage.held, usage.position)
            self._wake.set()

    def forget(self) -> None:
        """What was said may be gone with the log; what is still there is not said twice."""
        self._noticed.clear()

    def forget_before(self, month: int) -> None:
        self._noticed = {notice for notice in self._noticed if notice.month >= month}

    async def _say_all(self) -> None:
        while True:
            await self._wake.wait()
            self._wake.clear()
            while self._unsaid:
                began = time.monotonic()
                notices = list(islice(self._unsaid, AT_ONCE))
                await asyncio.sleep(time.monotonic() - began if await self._say(notices) else PAUSE)

    async def _say(self, notices: Sequence[Notice]) -> bool:
        """Whether they are stored now."""
        command = RecordUsage()
        try:
            said = await asyncio.to_thread(self._said_before, notices)
            for notice in notices:
                if notice not in said:
                    state = notice.event(self._clock(), self._unsaid[notice])
                    command.add(notice.identity(), notice.topic, state, None)
            if len(command):
                self._commits.submit(command)
                await command.answer
        except Unavailable:
            return False
        except Exception:
            FAILED.labels(WORK).inc()
            log.exception("item_failed", work=WORK, key=f"{len(notices)} notices")
            return False
        for notice in notices:
            del self._unsaid[notice]
        return True
