"""Failing without a token is slow for whoever does much of it, so that it costs others nothing."""

from __future__ import annotations

import math

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from kernel.errors import RateLimited
from runtime.eventstore.command import CommandTrace, current_trace
from runtime.web.address import address_of
from runtime.web.errors import error_response
from runtime.web.rates import Rates


class PacedFailures:
    """ASGI middleware inside of the request log: pauses before it answers a failed request whose
    caller is not known, and refuses an address that goes on with bad tokens as `rate_limited`.
    Whoever has a token that verifies is not slowed down, wherever it comes from."""

    def __init__(self, app: ASGIApp, rates: Rates) -> None:
        self._app = app
        self._rates = rates

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
        if await self._rates.pace.wait(address):
            message["headers"] = [*message.get("headers", ()), (b"connection", b"close")]
        if message["status"] != 401 or not _has_token(scope):
            return False
        wait = self._rates.bad_tokens.take(address)
        if wait > 0:
            refusal = error_response(RateLimited(retry_after=math.ceil(wait)))
            await refusal(scope, receive, send)
        return wait > 0


def _has_token(scope: Scope) -> bool:
    return any(name == b"authorization" for name, _ in scope["headers"])
