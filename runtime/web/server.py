"""The HTTP server's bounds on what has no request yet: headers and waiting."""

from __future__ import annotations

import asyncio
import threading
from asyncio.events import TimerHandle
from collections.abc import Callable
from types import FrameType
from typing import Any

import uvicorn
from starlette.responses import JSONResponse
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol

from runtime.web.errors import error_body

MOST_HEADER_BYTES = 32 * 1024
HEADER_SECONDS = 10.0
IDLE_SECONDS = 15
# What a client still sends of a body that nobody reads any more is thrown away, up to here.
MOST_UNREAD_BYTES = 64 * 1024 * 1024
TOO_LARGE = JSONResponse(
    error_body("headers_too_large", "Address and headers are larger than 32 KiB."), 431
)


class BoundedProtocol(HttpToolsProtocol):
    """Counts the bytes of a request's address and headers as they come, and closes a connection
    on which they don't become complete in time. Trickling does not extend the time."""

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self._header_bytes = 0
        self._raw_bytes = 0
        self._unread_bytes = 0
        self._header_timer: TimerHandle | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(transport)  # type: ignore[arg-type]
        self._await_headers()

    def connection_lost(self, exc: Exception | None) -> None:
        self._headers_are_complete()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """The parser hands a header over when it is complete: until then its bytes count here."""
        if self.transport.is_closing():
            return
        awaited = self._header_timer
        super().data_received(data)
        if awaited is not None and awaited is self._header_timer:
            self._raw_bytes += len(data)
            if self._raw_bytes > MOST_HEADER_BYTES:
                self._end_with(TOO_LARGE)

    def on_message_begin(self) -> None:
        self._header_bytes = self._unread_bytes = 0
        if self._header_timer is None:
            self._await_headers()
        super().on_message_begin()

    def on_url(self, url: bytes) -> None:
        self._count(len(url))
        super().on_url(url)

    def on_header(self, name: bytes, value: bytes) -> None:
        self._count(len(name) + len(value) + len(": \r\n"))
        super().on_header(name, value)

    def on_headers_complete(self) -> None:
        self._headers_are_complete()
        if not self.transport.is_closing():
            super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        if self.transport.is_closing():
            return
        super().on_body(body)
        if self.cycle.response_complete:
            self._unread_bytes += len(body)
            if self._unread_bytes > MOST_UNREAD_BYTES:
                self.transport.close()

    def on_message_complete(self) -> None:
        if not self.transport.is_closing():
            super().on_message_complete()

    def _await_headers(self) -> None:
        self._raw_bytes = 0
        self._header_timer = self.loop.call_later(HEADER_SECONDS, self.transport.close)

    def _headers_are_complete(self) -> None:
        if self._header_timer is not None:
            self._header_timer.cancel()
            self._header_timer = None

    def _count(self, size: int) -> None:
        self._header_bytes += size
        if self._header_bytes > MOST_HEADER_BYTES:
            self._end_with(TOO_LARGE)

    def send_400_response(self, msg: str) -> None:
        self._end_with(JSONResponse(error_body("malformed_request", msg), 400))

    def _end_with(self, answer: JSONResponse) -> None:
        if self.transport.is_closing():
            return
        head = [STATUS_LINE[answer.status_code], b"connection: close\r\n"]
        head += [name + b": " + value + b"\r\n" for name, value in answer.raw_headers]
        self.transport.write(b"".join([*head, b"\r\n", bytes(answer.body)]))
        self.transport.close()


class GracefulServer(uvicorn.Server):
    """Asked to end, it says so first (`ending`) and goes on listening for `grace` seconds, in which
    whoever sends requests here hears of it; then it takes no more, and answers what it has. Asked
    again, it does not wait."""

    def __init__(self, config: uvicorn.Config, grace: float, ending: Callable[[], None]) -> None:
        super().__init__(config)
        self._grace = grace
        self._ending = ending
        self._waiting = False

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        if self._waiting or not self._grace:
            super().handle_exit(sig, frame)
            return
        self._waiting = True
        self._ending()
        later = threading.Timer(self._grace, super().handle_exit, (sig, frame))
        later.daemon = True
        later.start()
