"""A threading HTTP server on a free local port, of plain calls and answers."""

from __future__ import annotations

import json
import socket
import struct
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit

Json = dict[str, Any]


@dataclass(frozen=True)
class Call:
    """One request as it arrived; header names in lower case."""

    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Json:
        parsed = json.loads(self.body or b"{}")
        assert isinstance(parsed, dict)
        return parsed


@dataclass(frozen=True)
class Answer:
    status: int = 200
    body: Json | str | bytes | None = None
    headers: dict[str, str] = field(default_factory=dict)


class LocalServer(ThreadingHTTPServer):
    """`respond` gives None to cut the connection without an answer."""

    daemon_threads = True
    block_on_close = False

    def __init__(self, respond: Callable[[Call], Answer | None]) -> None:
        self.respond = respond
        super().__init__(("127.0.0.1", 0), _Requests)


@contextmanager
def served(respond: Callable[[Call], Answer | None]) -> Iterator[str]:
    """Its origin."""
    server = LocalServer(respond)
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


class _Requests(BaseHTTPRequestHandler):
    server: LocalServer

    def do_GET(self) -> None:
        self._serve()

    def do_POST(self) -> None:
        self._serve()

    def do_PATCH(self) -> None:
        self._serve()

    def do_DELETE(self) -> None:
        self._serve()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        """Quiet."""

    def _serve(self) -> None:
        parts = urlsplit(self.path)
        size = int(self.headers.get("content-length") or 0)
        body = self.rfile.read(size)
        if len(body) < size:  # who sent it died on the way
            self._cut()
            return
        call = Call(
            self.command,
            parts.path,
            dict(parse_qsl(parts.query)),
            {name.lower(): value for name, value in self.headers.items()},
            body,
        )
        answer = self.server.respond(call)
        if answer is None:
            self._cut()
        else:
            self._send(answer)

    def _cut(self) -> None:
        """A reset rather than an orderly end: closing discards what lingers."""
        linger = struct.pack("ii", 1, 0)
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
        self.close_connection = True
        self.connection.close()

    def _send(self, answer: Answer) -> None:
        is_text = isinstance(answer.body, str)
        body = b"" if answer.body is None else _encoded(answer.body)
        self.send_response(answer.status)
        self.send_header("Content-Type", "text/html" if is_text else "application/json")
        self.send_header("Content-Length", str(len(body)))
        for name, value in answer.headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)


def _encoded(body: Json | str | bytes) -> bytes:
    if isinstance(body, bytes):
        return body
    return body.encode() if isinstance(body, str) else json.dumps(body).encode()
