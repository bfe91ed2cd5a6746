"""How fast callers whom nobody knows are answered."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable

# Of one address: how many are answered at once, and how many a second after them.
BURST = 50
A_SECOND = 25
LONGEST_PAUSE = 2.0
MOST_ADDRESSES = 50_000
# Of all addresses together; beyond it nobody is kept waiting.
MOST_PAUSED = 2_000


class Pace:
    """Gives each request of an address a time to be answered at."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._next: dict[str, float] = {}
        self._paused = 0

    async def wait(self, address: str) -> bool:
        """False when there was no need to."""
        pause = self.pause(address)
        if pause > 0 and self._paused < MOST_PAUSED:
            self._paused += 1
            try:
                await asyncio.sleep(pause)
            finally:
                self._paused -= 1
        return pause > 0

    def pause(self, address: str) -> float:
        """In seconds."""
        now, interval = self._clock(), 1 / A_SECOND
        if len(self._next) >= MOST_ADDRESSES:
            self._next.clear()
        due = max(self._next.get(address, 0.0), now - BURST * interval)
        self._next[address] = min(due, now + LONGEST_PAUSE) + interval
        return min(max(due - now, 0.0), LONGEST_PAUSE)
