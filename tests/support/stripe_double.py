"""A Stripe on 127.0.0.1: stateful, with Stripe's idempotency, errors and webhooks.

Every request is held against Stripe's OpenAPI document, and so is every answer: what departs from
it is refused and kept in `departures`.
"""

from __future__ import annotations

import json
from base64 import b64decode
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Lock, Thread
from typing import Any, Literal
from urllib.parse import urlsplit

from tests.support import (  # routes
    stripe_adjustments,
    stripe_catalogue,
    stripe_collections,
    stripe_payments,
    stripe_subscriptions,
)
from tests.support.gateway_driver import Fault
from tests.support.stripe_openapi import UnknownRequest, operation
from tests.support.stripe_routes import find
from tests.support.stripe_shapes import Record, faults
from tests.support.stripe_store import Refusal, Store

API_KEY = "sk_test_4eC39HqLyjWDarjtT1zdp7dc"
ROUTES = (
    stripe_adjustments,
    stripe_catalogue,
    stripe_collections,
    stripe_payments,
    stripe_subscriptions,
)

_KEYS_FORGOTTEN_AFTER = 86_400  # seconds

DoubleFault = Fault | Literal["hang", "bad_gateway", "nonsense", "wrong_key", "echo"]
Answer = tuple[int, str, bytes]


@dataclass
class Remembered:
    request: tuple[str, str, str]
    at: int
    answer: Answer


@dataclass
class StripeDouble:
    store: Store = field(default_factory=Store)
    departures: list[str] = field(default_factory=list)
    requests: list[tuple[str, str, str | None]] = field(default_factory=list)
    api_base: str = ""

    def __post_init__(self) -> None:
        self._planned: list[DoubleFault | None] = []
        self._remembered: dict[str, Remembered] = {}
        self.lock = Lock()
        self.released = Event()

    def plan(self, *answers: DoubleFault | None) -> None:
        """What the next requests meet; None is an ordinary answer."""
        self._planned = list(answers)

    def handle(self, verb: str, target: str, body: str, key: str | None) -> Answer | None:
        """None: the connection is closed without a word."""
        with self.lock:
            self.requests.append((verb, urlsplit(target).path, key))
            fault = self._planned.pop(0) if self._planned else None
            if fault == "timeout_after_effect":
                self._once(verb, target, body, key)
        if fault == "hang":
            self.released.wait(30)
        if fault is not None:
            return _FAULTS.get(fault)
        with self.lock:
            return self._once(verb, target, body, key)

    def _once(self, verb: str, target: str, body: str, key: str | None) -> Answer:
        """Same key, same request: the first answer again, for a day."""
        if key is None:
            return self._answer(verb, target, body)
        known = self._remembered.get(key)
        now = self.store.timestamp()
        if known is not None and now - known.at < _KEYS_FORGOTTEN_AFTER:
            if known.request == (verb, target, body):
                return known.answer
            refusal = Refusal(
                400,
                "Keys for idempotent requests can only be used with the same parameters they "
                "were first used with.",
                "idempotency_error",
            )
            return _json(refusal.status, refusal.body)
        answer = self._answer(verb, target, body)
        self._remembered[key] = Remembered((verb, target, body), now, answer)
        return answer

    def _answer(self, verb: str, target: str, body: str) -> Answer:
        parts = urlsplit(target)
        try:
            template, handler = find(verb, parts.path)
            params = operation(verb, template).accept(body or parts.query)
            answered = handler(self.store, params)
        except UnknownRequest as error:
            self.departures.append(f"{verb} {parts.path}: {error}")
            param = {"param": error.param, "code": "parameter_unknown"}
            return _json(400, {"error": {"type": "invalid_request_error", **param}})
        except Refusal as refusal:
            return _json(refusal.status, refusal.body)
        self.departures.extend(_departures(answered))
        return _json(200, answered)


@contextmanager
def stripe_double() -> Iterator[StripeDouble]:
    """Listening until the block ends. AssertionError then, if a request or an answer departed."""
    double = StripeDouble()

    class Connection(_Connection):
        served = double

    with ThreadingHTTPServer(("127.0.0.1", 0), Connection) as server:
        server.daemon_threads = True
        server.block_on_close = False
        double.api_base = f"http://127.0.0.1:{server.server_port}"
        thread = Thread(target=server.serve_forever, args=(0.02,), daemon=True)
        thread.start()
        try:
            yield double
        finally:
            double.released.set()
            server.shutdown()
            thread.join()
    assert not double.departures, double.departures


class _Connection(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    served: StripeDouble

    def do_GET(self) -> None:
        self._respond()

    def do_POST(self) -> None:
        self._respond()

    def do_DELETE(self) -> None:
        self._respond()

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
        """Quiet."""

    def _respond(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode()
        answer = (
            self.served.handle(self.command, self.path, body, self.headers.get("Idempotency-Key"))
            if self._is_known()
            else _FAULTS["wrong_key"]
        )
        self.close_connection = answer is None
        if answer is not None:
            self._send(answer)

    def _is_known(self) -> bool:
        scheme, _, credential = self.headers.get("Authorization", "").partition(" ")
        if scheme == "Basic":
            credential = b64decode(credential).decode().removesuffix(":")
        return credential == API_KEY

    def _send(self, answer: Answer) -> None:
        status, content_type, body = answer
        self.send_response(status)
        self.send_header("Content-Type", content_type)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Request-Id", "req_double")
        self.end_headers()
        self.wfile.write(body)


def _json(status: int, body: Record) -> Answer:
    return status, "application/json", json.dumps(body).encode()


def _error(status: int, kind: str, message: str) -> Answer:
    return _json(status, {"error": {"type": kind, "message": message}})


_PAGE = b"<html><body><h1>We are down for maintenance</h1></body></html>"
_FAULTS: dict[DoubleFault, Answer] = {
    "server_error": _error(500, "api_error", "An unknown error occurred."),
    "throttled": _error(429, "invalid_request_error", "Too many requests."),
    "html": (200, "text/html", _PAGE),
    "bad_gateway": (502, "text/html", _PAGE),
    "nonsense": _json(200, {}),
    "wrong_key": _error(401, "invalid_request_error", "Invalid API Key provided: sk_test_***7dc"),
    "echo": _error(400, "invalid_request_error", f"You sent {API_KEY}"),
}


def _departures(answered: Record) -> list[str]:
    if answered["object"] in ("list", "search_result"):
        return [fault for each in answered["data"] for fault in faults(each, each["object"])]
    deleted = "deleted_" if answered.get("deleted") else ""
    return faults(answered, deleted + answered["object"])
