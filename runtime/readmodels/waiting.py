"""Waiting for a read model to apply an event: on the event loop, in no thread of the requests."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from functools import partial
from typing import TypeVar

from anyio import CapacityLimiter, to_thread

from kernel.errors import Conflict, DomainError, Unavailable
from runtime.feed.parked_events import is_parked
from runtime.feed.positions import Positions, Reached

AFTER_SECONDS = 5.0
MOST_WAITING = 200
LOOK_EVERY = 0.005
PARKED = "An event up to that position was set aside, and is not shown until it is retried."
THREADS = 2
T = TypeVar("T")
_Key = tuple[str, str]


class ProjectionBehind(DomainError):
    """The read model has not applied the event that the caller asked to see in time."""

    code = "projection_behind"
    kind = "timeout"
    message = "The read model has not caught up with that position yet. Try again."


class PositionUnknown(Conflict):
    """Waiting would be in vain: the service has recorded no such event."""

    code = "position_unknown"
    message = "The service's log has no such position."


class Waiting:
    """One look at a read model's position serves everybody who waits for it. `head` gives the
    position of a service's last event, None where this process can't know it."""

    def __init__(
        self,
        positions: Positions,
        head: Callable[[str], int | None],
        *,
        most: int = MOST_WAITING,
        seconds: float = AFTER_SECONDS,
    ) -> None:
        self._positions = positions
        self._head = head
        self._most = most
        self._seconds = seconds
        self._waiting = 0
        self._threads = CapacityLimiter(THREADS)
        self._looks: dict[_Key, asyncio.Task[Reached]] = {}

    async def until_applied(
        self, consumer: str, service: str, sequence: int, key: str = "", *, patient: bool = True
    ) -> None:
        """Raises PositionUnknown at once, ProjectionBehind after a while (at once when not
        `patient`), and Unavailable when too many are waiting already. Where an event up to there
        is parked, of this key or of any when none is given, waiting would be in vain:
        ProjectionBehind at once."""
        if self._waiting >= self._most:
            raise Unavailable("Too many are waiting for a position.", retry_after=1)
        self._waiting += 1
        try:
            async with asyncio.timeout(self._seconds):
                await self._wait(consumer, service, sequence, key, patient)
        except TimeoutError:
            raise ProjectionBehind(consumer=consumer, after=f"{service}:{sequence}") from None
        finally:
            self._waiting -= 1

    async def _wait(
        self, consumer: str, service: str, sequence: int, key: str, patient: bool
    ) -> None:
        reached = await self._reached(consumer, service)
        if reached.sequence < sequence:
            head = await self._in_thread(partial(self._head, service))
            if head is not None and sequence > head:
                raise PositionUnknown(after=f"{service}:{sequence}")
            if not patient:
                raise TimeoutError
            while (reached := await self._reached(consumer, service)).sequence < sequence:
                await asyncio.sleep(LOOK_EVERY)
        if reached.but_parked and await self._in_thread(
            partial(is_parked, self._positions.database, consumer, service, sequence, key)
        ):
            raise ProjectionBehind(PARKED, consumer=consumer, after=f"{service}:{sequence}")

    async def _reached(self, consumer: str, service: str) -> Reached:
        key = (consumer, service)
        look = self._looks.get(key)
        if look is None:
            look = self._looks[key] = asyncio.create_task(self._look(consumer, service))
            look.add_done_callback(lambda _: self._looks.pop(key, None))
        return await asyncio.shield(look)

    async def _look(self, consumer: str, service: str) -> Reached:
        return await self._in_thread(partial(self._positions.reached, consumer, service))

    async def _in_thread(self, question: Callable[[], T]) -> T:
        return await to_thread.run_sync(question, limiter=self._threads)
