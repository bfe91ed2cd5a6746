"""A durable limiter on Redis, as bare ASGI: token, deduplication and counter in one script.

python -m tests.bench.peer_redis <port> <socket>
"""

from __future__ import annotations

import asyncio
import hashlib
import sys
import time
from collections import deque
from typing import Any

import jwt
import msgspec
import uvicorn
from starlette.types import Receive, Scope, Send

from tests.support.metering_caller import SECRET

SCRIPT = b"""
if redis.call('EXISTS', KEYS[1]) == 1 then return 0 end
if tonumber(redis.call('GET', KEYS[2]) or '0') >= tonumber(ARGV[1]) then return 2 end
redis.call('SET', KEYS[1], 1)
redis.call('INCR', KEYS[2])
return 1
"""
DIGEST = hashlib.sha1(SCRIPT, usedforsecurity=False).hexdigest().encode()
LIMIT = b"1000000000000"
ANSWERS = ((200, b"duplicate"), (201, b"inserted"), (429, b"refused"))
JSON = (b"content-type", b"application/json")


class Message(msgspec.Struct):
    id: str


class Redis(asyncio.Protocol):
    """Pipelines on one connection; scripts answer integers."""

    def __init__(self) -> None:
        self._waiting: deque[asyncio.Future[int]] = deque()
        self._received = b""

    def connection_made(self, transport: Any) -> None:
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        *lines, self._received = (self._received + data).split(b"\r\n")
        for line in lines:
            self._waiting.popleft().set_result(int(line[1:]))

    async def load(self) -> None:
        """A script that ran once is known by its digest."""
        await self._call(b"EVAL", SCRIPT, b"2", b"seen", b"counter", b"0")

    async def record(self, seen: bytes, counter: bytes) -> int:
        return await self._call(b"EVALSHA", DIGEST, b"2", seen, counter, LIMIT)

    async def _call(self, *words: bytes) -> int:
        framed = b"".join(b"$%d\r\n%b\r\n" % (len(word), word) for word in words)
        self._transport.write(b"*%d\r\n%b" % (len(words), framed))
        answer: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        self._waiting.append(answer)
        return await answer


class Limiter:
    def __init__(self, socket: str) -> None:
        self._socket = socket
        self._tokens: dict[bytes, float] = {}
        self._decode = msgspec.json.Decoder(Message).decode

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await receive()
            loop = asyncio.get_running_loop()
            _, self._redis = await loop.create_unix_connection(Redis, self._socket)
            await self._redis.load()
            await send({"type": "lifespan.startup.complete"})
            return
        status, body = await self._answer(scope, receive)
        headers = [JSON, (b"content-length", b"%d" % len(body))]
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": body})

    async def _answer(self, scope: Scope, receive: Receive) -> tuple[int, bytes]:
        workspace, _, action = scope["path"].removeprefix("/workspaces/").partition("/")
        if action != "messages":
            return 404, b"{}"
        if not self._knows(dict(scope["headers"]).get(b"authorization", b"")):
            return 401, b"{}"
        given = self._decode((await receive())["body"]).id.encode()
        ws = workspace.encode()
        status, word = ANSWERS[await self._redis.record(b"%b:%b" % (ws, given), ws)]
        return status, b'{"id":"%b","status":"%b"}' % (given, word)

    def _knows(self, authorization: bytes) -> bool:
        """Verified tokens are remembered, as ours are."""
        if self._tokens.get(authorization, 0.0) > time.time():
            return True
        claims = jwt.decode(authorization.partition(b" ")[2], SECRET, ["HS256"])
        self._tokens[authorization] = float(claims["exp"])
        return True


if __name__ == "__main__":
    uvicorn.run(
        Limiter(sys.argv[2]),
        port=int(sys.argv[1]),
        loop="uvloop",
        lifespan="on",
        log_level="error",
        access_log=False,
    )
