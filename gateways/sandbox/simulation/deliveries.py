"""Posts the sandbox's webhooks over real HTTP until they are acknowledged."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from datetime import timedelta

import httpx
import structlog

from gateways.sandbox.simulation.ledger import Ledger
from gateways.sandbox.simulation.outbox import Waiting, WebhookSwitches
from gateways.sandbox.simulation.signatures import HEADER, signature
from gateways.sandbox.simulation.state import SandboxState
from gateways.sandbox.simulation.subscriptions import run_due

log = structlog.get_logger()
POLL = 0.2  # seconds between looks for what fell due or was announced by another process
TIME_PASSES = 30.0  # seconds between looks for subscriptions whose period has ended
LONGEST_PAUSE = 60.0
GIVE_UP_AFTER = timedelta(days=3)


def pause_after(attempts: int) -> float:
    """Seconds until the next attempt: 0.5, 1, 2 … 60."""
    return float(min(0.5 * 2 ** min(attempts - 1, 10), LONGEST_PAUSE))


class SandboxDeliveries:
    """A background thread; several processes may each run one on the same state. Events survive in
    the state whether or not one runs. At least once, in no promised order: as real gateways."""

    def __init__(
        self,
        state: SandboxState,
        webhook_url: str,
        webhook_secret: str,
        give_up_after: timedelta | None = GIVE_UP_AFTER,
    ) -> None:
        self._state = state
        self._url = webhook_url
        self._secret = webhook_secret
        self._give_up_after = give_up_after
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        if self._thread is not None:
            raise RuntimeError("the deliveries have been started before")
        self._thread = threading.Thread(target=self._run, name="sandbox-deliveries", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Returns at once; what is not delivered yet waits for the next start."""
        self._stopping.set()
        self._state.announced.set()

    def join(self, timeout: float) -> None:
        """Waits for the delivery under way. Harmless if never started."""
        if self._thread is not None:
            self._thread.join(timeout)

    def _run(self) -> None:
        looked_at = time.monotonic()
        with httpx.Client(timeout=10, trust_env=False) as client:
            while not self._stopping.is_set():
                self._guarded(lambda: self._deliver_waiting(client))
                if time.monotonic() - looked_at >= TIME_PASSES:
                    looked_at = time.monotonic()
                    self._guarded(self._let_time_pass)
                self._state.announced.wait(POLL)
                self._state.announced.clear()

    def _guarded(self, work: Callable[[], None]) -> None:
        """A locked file or a bad record must not end the deliveries."""
        try:
            work()
        except Exception:
            log.exception("sandbox_deliveries_failed")

    def _let_time_pass(self) -> None:
        with self._state.transaction() as ledger:
            run_due(ledger)

    def _deliver_waiting(self, client: httpx.Client) -> None:
        while not self._stopping.is_set() and self._deliver_next(client):
            pass

    def _deliver_next(self, client: httpx.Client) -> bool:
        with self._state.transaction() as ledger:
            waiting = ledger.outbox.take()
            duplicate = ledger.setting(WebhookSwitches).duplicate
        if waiting is None:
            return False
        acknowledged = self._post(client, waiting)
        if duplicate:
            self._post(client, waiting)
        with self._state.transaction() as ledger:
            self._settle(ledger, waiting, acknowledged=acknowledged)
        return True

    def _post(self, client: httpx.Client, waiting: Waiting) -> bool:
        signed = signature(waiting.body, self._secret, self._state.machine_time())
        headers = {"content-type": "application/json", HEADER: signed}
        try:
            response = client.post(self._url, content=waiting.body, headers=headers)
        except httpx.HTTPError as error:
            log.warning("sandbox_webhook_failed", event_id=waiting.id, reason=type(error).__name__)
            return False
        if response.is_success:
            return True
        log.warning("sandbox_webhook_refused", event_id=waiting.id, status=response.status_code)
        return False

    def _settle(self, ledger: Ledger, waiting: Waiting, *, acknowledged: bool) -> None:
        if acknowledged:
            ledger.outbox.settle(waiting.id, "delivered")
        elif self._give_up_after is not None and waiting.age > self._give_up_after:
            log.error("sandbox_webhook_given_up", event_id=waiting.id)
            ledger.outbox.settle(waiting.id, "given_up")
        else:
            ledger.outbox.put_off(waiting.id, pause_after(waiting.attempts))
