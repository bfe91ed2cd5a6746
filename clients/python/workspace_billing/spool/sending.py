"""Sends what a spool holds, oldest first, each event until billing has answered for it."""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterable, Mapping, Sequence
from types import TracebackType
from typing import Any, Protocol

from workspace_billing.failures import BadRequest, BillingError
from workspace_billing.models import EventResult
from workspace_billing.spool.store import Spool, Spooled

BATCH = 1_000
IDLE_SECONDS = 1.0
PAUSE_SECONDS, LONGEST_PAUSE = 0.5, 30.0
log = logging.getLogger("workspace_billing")


class Reporter(Protocol):
    """A `Billing` whose token is a service's."""

    def report(self, events: Iterable[Mapping[str, Any]]) -> list[EventResult]: ...


class Sending:
    """A thread from `start` to `stop`, or a `with` block. What could not be sent at its end stays
    in the file. Several may send from the same file."""

    def __init__(self, spool: Spool, billing: Reporter) -> None:
        self._spool, self._billing = spool, billing
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._run, name="usage-spool", daemon=True)

    def flush(self) -> None:
        """Sends all that is there now. Raises BillingError; nothing is lost by that."""
        while batch := self._spool.oldest(BATCH):
            self._send(batch)

    def start(self) -> None:
        self._thread.start()

    def stop(self, seconds: float = 5.0) -> None:
        """Waits that long for the batch that is on its way."""
        self._stopped.set()
        self._thread.join(seconds)

    def __enter__(self) -> Sending:
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    def _run(self) -> None:
        pause = PAUSE_SECONDS
        while not self._stopped.is_set():
            try:
                self.flush()
            except BillingError as error:
                log.warning("usage not sent, %d events wait: %s", self._spool.pending(), error)
                self._stopped.wait(pause)
                pause = min(2 * pause, LONGEST_PAUSE)
            else:
                pause = PAUSE_SECONDS
                self._spool.await_more(IDLE_SECONDS)

    def _send(self, batch: Sequence[Spooled]) -> None:
        """A batch that is refused as a whole is halved until the one that spoils it is found."""
        try:
            results = self._billing.report(each.body for each in batch)
        except BadRequest as error:
            if len(batch) == 1:
                self._spool.settle([], {batch[0].number: error.message})
                return
            middle = len(batch) // 2
            self._send(batch[:middle])
            self._send(batch[middle:])
            return
        answered = list(zip(batch, results, strict=True))
        refused = {
            each.number: result.reason or "rejected"
            for each, result in answered
            if result.status == "rejected"
        }
        self._spool.settle([e.number for e, _ in answered if e.number not in refused], refused)
