"""Who explains reads much: some do at once, so that connections are left for those who record."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from kernel.errors import Unavailable
from runtime.postgres.database import OperationalError
from services.metering.domain.errors import DecisionTooLarge

AT_ONCE = 2
SECONDS = 2.0


class Turns:
    def __init__(self) -> None:
        self._free = threading.BoundedSemaphore(AT_ONCE)

    @contextmanager
    def taken(self) -> Iterator[None]:
        """Raises Unavailable while many are being explained, DecisionTooLarge when it takes too
        long."""
        if not self._free.acquire(timeout=SECONDS):
            raise Unavailable("Many decisions are being explained. Try again.", retry_after=1)
        try:
            yield
        except OperationalError as error:
            if "statement timeout" in str(error):
                raise DecisionTooLarge from error
            raise
        finally:
            self._free.release()
