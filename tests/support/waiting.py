"""Waiting for what other threads and processes bring about."""

from __future__ import annotations

import time
from collections.abc import Callable

from runtime.feed.positions import Positions


def wait_until(holds: Callable[[], object], what: str, seconds: float = 15.0) -> None:
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline, f"waited in vain until {what}"
        time.sleep(0.02)


def wait_until_applied(
    positions: Positions, consumer: str, service: str, sequence: int, seconds: float = 20
) -> None:
    wait_until(
        lambda: positions.applied(consumer, service) >= sequence,
        f"{consumer} has applied {service}:{sequence}",
        seconds,
    )
