"""A real HTTP endpoint that keeps the webhooks posted to it."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from tests.support.gateway_driver import Delivery


class WebhookReceiver:
    """Answers 200, or first what `answers` lists, one status a request."""

    def __init__(self) -> None:
        self.answers: list[int] = []
        self._received: list[Delivery] = []
        self._lock = threading.Lock()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self.url = f"http://127.0.0.1:{self._server.server_port}/webhooks/sandbox"

    @property
    def received(self) -> list[Delivery]:
        with self._lock:
            return list(self._received)

    def wait_for(self, count: int, seconds: float = 20) -> list[Delivery]:
        """The deliveries, as soon as there are `count`. AssertionError when they don't come."""
        deadline = time.monotonic() + seconds
        while len(self.received) < count:
            assert time.monotonic() < deadline, f"{len(self.received)} of {count} webhooks came"
            time.sleep(0.01)
        return self.received

    def keep(self, raw: bytes, headers: dict[str, str]) -> int:
        with self._lock:
            self._received.append((raw, headers))
            return self.answers.pop(0) if self.answers else 200

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                raw = self.rfile.read(int(self.headers["content-length"]))
                headers = {name.lower(): value for name, value in self.headers.items()}
                self.send_response(receiver.keep(raw, headers))
                self.send_header("content-length", "0")
                self.end_headers()

            def log_message(self, *_: object) -> None:
                """Quiet: the test reads what was received."""

        return Handler

    def serve(self) -> None:
        self._server.serve_forever(poll_interval=0.02)

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


@contextmanager
def webhook_receiver() -> Iterator[WebhookReceiver]:
    receiver = WebhookReceiver()
    thread = threading.Thread(target=receiver.serve, daemon=True)
    thread.start()
    try:
        yield receiver
    finally:
        receiver.close()
        thread.join()
