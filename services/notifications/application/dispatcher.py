"""A thread for each endpoint that is enabled, on the one process that leads."""

from __future__ import annotations

import threading
import time

import structlog

from services.notifications.application.channel import Channel, Channels
from services.notifications.domain.errors import WebhookEndpointNotFound

log = structlog.get_logger()
IDLE_SECONDS = 1.0
# Who leads says so several times within this; a process that does not hear of it ends its sending
# before another one has begun for long.
LEASE_SECONDS = 5.0
LONGEST_PAUSE = 30.0
STOP_SECONDS = 20.0


class Dispatcher:
    def __init__(self, shared: Channels) -> None:
        self._shared = shared
        self._sending: dict[str, threading.Thread] = {}
        self._until = 0.0
        self._stopped = threading.Event()

    def tend(self) -> None:
        """By who leads, again and again: begins what is enabled and not running."""
        self._until = time.monotonic() + LEASE_SECONDS
        self._sending = {name: each for name, each in self._sending.items() if each.is_alive()}
        for endpoint in self._shared.endpoints.listed():
            if endpoint.state == "enabled" and endpoint.id not in self._sending:
                self._begin(endpoint.id)

    def stop(self) -> None:
        """Ends what is running; what is under way is waited for."""
        self._stopped.set()
        for thread in self._sending.values():
            thread.join(STOP_SECONDS)

    @property
    def _leads(self) -> bool:
        return not self._stopped.is_set() and time.monotonic() < self._until

    def _begin(self, endpoint_id: str) -> None:
        name = f"webhooks:{endpoint_id}"
        thread = threading.Thread(target=self._send, args=(endpoint_id,), name=name, daemon=True)
        self._sending[endpoint_id] = thread
        thread.start()

    def _send(self, endpoint_id: str) -> None:
        pause = IDLE_SECONDS
        with Channel(self._shared, endpoint_id).opened() as channel:
            while self._leads:
                try:
                    if not channel.step(IDLE_SECONDS):
                        return
                    pause = IDLE_SECONDS
                except WebhookEndpointNotFound:
                    return
                except Exception:
                    log.exception("webhook_channel_failed", endpoint=endpoint_id)
                    channel.start_over()
                    self._stopped.wait(pause)
                    pause = min(pause * 2, LONGEST_PAUSE)
