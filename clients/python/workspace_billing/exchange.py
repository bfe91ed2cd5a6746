"""How a call becomes requests and its answers a result, without any I/O.

An exchange is a generator: it yields what is to be done next, a `Request` or a `Wait`, and is sent
what came of it, an `Answer` or None for none. It returns the result of the call, or raises a
`BillingError`.
"""

from __future__ import annotations

import json
import random
import time
import uuid
from collections.abc import Callable, Generator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, TypeVar

from workspace_billing.bookmark import Bookmark
from workspace_billing.call import Answer, Call
from workspace_billing.errors import BY_CODE, PositionUnknown
from workspace_billing.failures import ApiError, UnexpectedAnswer, Unreachable, kind_of
from workspace_billing.retries import Retries
from workspace_billing.tokens import Credentials

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Request:
    method: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    content: bytes | None
    timeout: float


@dataclass(frozen=True, slots=True)
class Wait:
    seconds: float


Exchange = Generator[Request | Wait, Answer | None, T]


@dataclass
class Session:
    """What the calls of one client share. `timeout`: seconds for one attempt."""

    credentials: Credentials | None
    bookmark: Bookmark
    retries: Retries = field(default_factory=Retries)
    timeout: float = 10.0
    clock: Callable[[], float] = time.monotonic
    jitter: Callable[[], float] = random.random

    def exchange(self, call: Call[T]) -> Exchange[T]:
        started, attempt = self.clock(), 0
        allowed = self.retries.seconds if call.seconds is None else call.seconds
        key = (call.key or str(uuid.uuid4())) if call.keyed else None
        while True:
            attempt += 1
            left = allowed - (self.clock() - started)
            answer = yield self.request(call, key, min(self.timeout, max(left, 0.001)))
            error = self._heard(call, answer) if answer is not None else None
            if answer is not None and error is None:
                return call.read(answer)
            if isinstance(error, PositionUnknown) and attempt == 1:
                self.bookmark.forget()
                continue
            left = allowed - (self.clock() - started)
            wait = self._wait(call, attempt, error, left)
            if wait is None:
                raise error or Unreachable(f"{call.method} {call.path}: no answer")
            yield Wait(wait)

    def _wait(
        self, call: Call[Any], attempt: int, error: ApiError | None, left: float
    ) -> float | None:
        if call.attempts is not None and attempt >= call.attempts:
            return None
        return self.retries.wait(attempt, error, left, self.jitter())

    def request(self, call: Call[Any], key: str | None, timeout: float) -> Request:
        headers = {"Accept": "application/json"}
        if self.credentials is not None:
            headers["Authorization"] = f"Bearer {self.credentials.token(call.workspace)}"
        if key is not None:
            headers["Idempotency-Key"] = key
        content = None
        if call.body is not None:
            headers["Content-Type"] = "application/json"
            content = json.dumps(call.body, separators=(",", ":"), default=_text).encode()
        return Request(call.method, call.path, self._query(call), headers, content, timeout)

    def _query(self, call: Call[Any]) -> dict[str, str]:
        query = {name: _text(value) for name, value in call.query.items() if value is not None}
        after = self.bookmark.after(call.waits_for, call.workspace)
        return query if after is None else {**query, "after": after}

    def _heard(self, call: Call[Any], answer: Answer) -> ApiError | None:
        position = answer.headers.get("x-event-position")
        if position is not None:
            self.bookmark.see(position, call.workspace)
        if 200 <= answer.status < 300 or answer.status in call.answered_by:
            return None
        return refusal(answer)


def refusal(answer: Answer) -> ApiError:
    """Raises UnexpectedAnswer when something else than the API answered."""
    try:
        error = json.loads(answer.body)["error"]
        code, message, details = error["code"], error["message"], error.get("details")
    except (ValueError, KeyError, TypeError) as problem:
        if answer.status >= 500:
            code, message, details = f"http_{answer.status}", "No answer of the API.", None
        else:
            raise UnexpectedAnswer("Not the API's envelope of errors.", answer.status) from problem
    kind = BY_CODE.get(code, kind_of(answer.status))
    return kind(answer.status, code, message, details, answer.headers)


def _text(value: object) -> str:
    if isinstance(value, datetime):
        return value.isoformat()
    return str(value).lower() if isinstance(value, bool) else str(value)
