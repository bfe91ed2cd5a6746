"""A real HTTP server on a free local port that plays somebody else's API."""

from __future__ import annotations

import re
import threading
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable

from tests.support.gateway_driver import Fault
from tests.support.local_server import Answer, Call, Json, LocalServer

__all__ = ["Answer", "Call", "HttpDouble", "Json", "Refused", "Route", "route"]


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


class HttpDouble(ABC):
    """Subclasses answer through `routes`. State changes run one at a time under `lock`.

    `patience`: seconds a fault of the time-out kind holds its caller before hanging up.
    """

    patience = 0.0

    def __init__(self, spared: Iterable[str] = ()) -> None:
        self.lock = threading.RLock()
        self.calls: list[Call] = []
        self._spared = tuple(spared)
        self._faults: list[tuple[Fault, str]] = []
        self._canned: list[Answer] = []
        self._server = LocalServer(self.respond)
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        serve = self._server.serve_forever
        self._thread = threading.Thread(target=serve, args=(0.01,), daemon=True)
        self._thread.start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(5)

    @abstractmethod
    def routes(self) -> Iterable[Route]: ...

    @abstractmethod
    def authorize(self, call: Call) -> None:
        """Raises `Refused` for a stranger."""

    def break_next(self, fault: Fault, calls: int = 1, method: str = "") -> None:
        """The next `calls` requests (with that method, if one is named) meet the fault; 0: whatever
        was planned is called off."""
        with self.lock:
            if calls == 0:
                self._faults.clear()
            self._faults += [(fault, method)] * calls

    def answer_next(self, answer: Answer) -> None:
        """The next request gets this, whatever it asks."""
        with self.lock:
            self._canned.append(answer)

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
            if self._canned:
                return self._canned.pop(0)
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
