"""A real HTTP server on a free local port that plays somebody else's API."""

from __future__ import annotations

import json
import re
import socket
import struct
import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from tests.support.gateway_driver import Fault

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
    body: Json | str | None = None
    headers: dict[str, str] = field(default_factory=dict)


class Refused(Exception):
    """Raised by a handler: the API's error answer."""

    def __init__(self, answer: Answer) -> None:
        super().__init__(answer.status)
        self.answer = answer


Handler = Callable[..., Answer]
Route = tuple[str, re.Pattern[str], Handler]

_MAINTENANCE = "<html><body>Scheduled maintenance</body></html>"
# What meets the caller, and whether the request takes effect first.
_ANSWERS: dict[Fault, Answer] = {
    "server_error": Answer(502, _MAINTENANCE),
    "throttled": Answer(429, {"error": {"code": "RATE_LIMIT", "description": "slow down"}}),
    "html": Answer(200, _MAINTENANCE),
}


def route(method: str, pattern: str, handler: Handler) -> Route:
    """`pattern` is a path with `{}` for each argument of the handler after the call."""
    return method, re.compile(re.escape(pattern).replace(r"\{\}", "([^/]+)")), handler


class HttpDouble:
    """Subclasses answer through `routes`. State changes run one at a time under `lock`.

    `patience`: seconds a fault of the time-out kind holds its caller before hanging up.
    """

    patience = 0.0

    def __init__(self, spared: Iterable[str] = ()) -> None:
        self.lock = threading.RLock()
        self.calls: list[Call] = []
        self._spared = tuple(spared)
        self._faults: list[tuple[Fault, str]] = []
        self._server = _Server(("127.0.0.1", 0), _handler(self))
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        serve = self._server.serve_forever
        self._thread = threading.Thread(target=serve, args=(0.01,), daemon=True)
        self._thread.start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(5)

    def routes(self) -> Iterable[Route]:
        raise NotImplementedError

    def authorize(self, call: Call) -> None:
        """Raises `Refused` for a stranger."""

    def break_next(self, fault: Fault, calls: int = 1, method: str = "") -> None:
        """The next `calls` requests (with that method, if one is named) meet the fault."""
        with self.lock:
            self._faults += [(fault, method)] * calls

    def called(self, method: str, path: str) -> list[Call]:
        return [call for call in self.calls if (call.method, call.path) == (method, path)]

    def respond(self, call: Call) -> Answer | None:
        """None: the connection is cut without an answer."""
        fault = self._next_fault(call)
        if fault == "refused" or fault == "timeout_before_effect":
            return None
        if fault is not None and fault in _ANSWERS:
            return _ANSWERS[fault]
        with self.lock:
            self.calls.append(call)
            try:
                answer = self._dispatch(call)
            except Refused as refused:
                answer = refused.answer
        return None if fault else answer

    def _next_fault(self, call: Call) -> Fault | None:
        with self.lock:
            if not self._faults or call.path in self._spared:
                return None
            fault, method = self._faults[0]
            if method not in ("", call.method):
                return None
            del self._faults[0]
        if fault.startswith("timeout"):
            time.sleep(self.patience)
        return fault

    def _dispatch(self, call: Call) -> Answer:
        for method, pattern, handler in self.routes():
            match = pattern.fullmatch(call.path)
            if method == call.method and match:
                self.authorize(call)
                return handler(call, *match.groups())
        return Answer(404, {"error": {"code": "NO_ROUTE", "description": call.path}})


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False


def _handler(double: HttpDouble) -> type[BaseHTTPRequestHandler]:
    class Requests(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self._serve()

        def do_POST(self) -> None:
            self._serve()

        def do_PATCH(self) -> None:
            self._serve()

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            """Quiet."""

        def _serve(self) -> None:
            parts = urlsplit(self.path)
            call = Call(
                self.command,
                parts.path,
                dict(parse_qsl(parts.query)),
                {name.lower(): value for name, value in self.headers.items()},
                self.rfile.read(int(self.headers.get("content-length") or 0)),
            )
            answer = double.respond(call)
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

    return Requests


def _encoded(body: Json | str) -> bytes:
    return body.encode() if isinstance(body, str) else json.dumps(body).encode()
