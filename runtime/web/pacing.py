"""Failing without a token is slow for whoever does much of it, so that it costs others nothing."""

from __future__ import annotations

import asyncio
import math
import time
from collections.abc import Callable

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from kernel.errors import RateLimited
from runtime.eventstore.command import CommandTrace, current_trace
from runtime.web.address import address_of
from runtime.web.errors import error_response
from runtime.web.rates import TokenBuckets

# Failures of one address that are answered at once, and how many a second are after them.
BURST = 50
A_SECOND = 25
LONGEST_PAUSE = 2.0
MOST_ADDRESSES = 50_000
# Of all addresses together; beyond it nobody is kept waiting.
MOST_PAUSED = 2_000


class Pace:
    """Gives each failure of an address a time to be answered at."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._next: dict[str, float] = {}

    def pause(self, address: str) -> float:
        """In seconds."""
        now, interval = self._clock(), 1 / A_SECOND
        if len(self._next) >= MOST_ADDRESSES:
            self._next.clear()
        burst = BURST * interval
        due = max(self._next.get(address, 0.0), now - burst)
        self._next[address] = min(due, now + LONGEST_PAUSE) + interval
        return min(max(due - now, 0.0), LONGEST_PAUSE)


class PacedFailures:
    """ASGI middleware inside of the request log: pauses before it answers a failed request whose
    caller is not known, and refuses an address that goes on with bad tokens as `rate_limited`.
    Whoever has a token that verifies is not slowed down, wherever it comes from."""

    def __init__(self, app: ASGIApp, bad_tokens: TokenBuckets) -> None:
        self._app = app
        self._bad_tokens = bad_tokens
        self._pace = Pace()
        self._paused = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        trace = current_trace()
        if scope["type"] != "http" or trace is None:
            await self._app(scope, receive, send)
            return
        replaced = False

        async def answer(message: Message) -> None:
            nonlocal replaced
            if message["type"] == "http.response.start" and message["status"] >= 400:
                replaced = await self._failed(scope, trace, message, receive, send)
            if not replaced:
                await send(message)

        await self._app(scope, receive, answer)

    async def _failed(
        self, scope: Scope, trace: CommandTrace, message: Message, receive: Receive, send: Send
    ) -> bool:
        """Whether it has answered instead."""
        if trace.caller:
            return False
        address = address_of(scope)
        if await self._kept_waiting(address):
            message["headers"] = [*message.get("headers", ()), (b"connection", b"close")]
        if message["status"] != 401 or not _has_token(scope):
            return False
        wait = self._bad_tokens.take(address)
        if wait > 0:
            refusal = error_response(RateLimited(retry_after=math.ceil(wait)))
            await refusal(scope, receive, send)
        return wait > 0

    async def _kept_waiting(self, address: str) -> bool:
        pause = self._pace.pause(address)
        if pause > 0 and self._paused < MOST_PAUSED:
            self._paused += 1
            try:
                await asyncio.sleep(pause)
            finally:
                self._paused -= 1
        return pause > 0


def _has_token(scope: Scope) -> bool:
    return any(name == b"authorization" for name, _ in scope["headers"])
