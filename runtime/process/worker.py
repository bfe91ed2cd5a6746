"""Periodic work in a thread, on one process at a time where that matters."""

from __future__ import annotations

import threading
from collections.abc import Callable

import structlog
from prometheus_client import Counter, Histogram

from runtime.postgres.database import OUTAGES, Database
from runtime.process.leadership import Leadership

log = structlog.get_logger()
LONGEST_PAUSE = 60.0
# While a database is away: whoever waits for the work waits no longer than that behind its return.
OUTAGE_PAUSE = 3.0
RUNS = Counter("worker_runs_total", "Runs of periodic work.", ["worker", "outcome"])
SECONDS = Histogram("worker_run_seconds", "Time of a run of periodic work.", ["worker"])


class Worker:
    """Calls `work()` every `interval` seconds until stopped, and at once after `wake()`.

    Failures are logged and tried again with growing pauses. With `leader_of` only the process that
    holds that advisory lock works; another one takes over when it dies or loses its connection.
    """

    def __init__(
        self,
        name: str,
        work: Callable[[], object],
        interval: float,
        *,
        leader_of: Database | None = None,
    ) -> None:
        self.name = name
        self._work = work
        self._interval = interval
        self._leadership = Leadership(leader_of.url, name) if leader_of else None
        self._failure = ""
        self._wake = threading.Event()
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)

    def start(self) -> None:
        self._thread.start()

    def wake(self) -> None:
        self._wake.set()

    def stop(self) -> None:
        self._stopped.set()
        self._wake.set()

    def join(self, timeout: float) -> None:
        self._thread.join(timeout)

    def _run(self) -> None:
        pause = self._interval
        while not self._stopped.is_set():
            try:
                if self._leadership is None or self._leadership.hold():
                    self._work_once()
                pause = self._interval
            except Exception as error:
                pause = self._failed(error, pause)
            self._wake.wait(pause)
            self._wake.clear()
        if self._leadership is not None:
            self._leadership.release()

    def _work_once(self) -> None:
        with SECONDS.labels(self.name).time():
            self._work()
        RUNS.labels(self.name, "done").inc()
        if self._failure:
            log.info("worker_works_again", worker=self.name)
            self._failure = ""

    def _failed(self, error: Exception, pause: float) -> float:
        """The next pause. The whole trace once, of an outage a line; repetitions are counted."""
        RUNS.labels(self.name, "failed").inc()
        failure, before = f"{type(error).__name__}: {error}", self._failure
        self._failure = failure
        away = isinstance(error, OUTAGES)
        if away and not before:
            log.warning("worker_waits", worker=self.name, error=failure.strip())
        elif not away and failure != before:
            log.exception("worker_failed", worker=self.name)
        longest = OUTAGE_PAUSE if away else LONGEST_PAUSE
        return min(max(pause, 0.1) * 2, max(longest, self._interval))
