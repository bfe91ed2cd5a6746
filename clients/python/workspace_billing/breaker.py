"""A circuit breaker: after some failures in a row nobody waits for the next one."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable


class Breaker:
    """Opens after `failures` in a row. While it is open, one call each `seconds` is let through;
    the first that succeeds closes it."""

    def __init__(
        self,
        failures: int = 5,
        seconds: float = 2.0,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._most, self._seconds, self._clock = failures, seconds, clock
        self._failed = 0
        self._next_try = 0.0
        self._lock = threading.Lock()

    @property
    def is_open(self) -> bool:
        return self._failed >= self._most

    def lets_through(self) -> bool:
        with self._lock:
            if not self.is_open:
                return True
            if self._clock() < self._next_try:
                return False
            self._next_try = self._clock() + self._seconds
            return True

    def succeeded(self) -> None:
        with self._lock:
            self._failed = 0

    def failed(self) -> None:
        with self._lock:
            self._failed += 1
            self._next_try = self._clock() + self._seconds
