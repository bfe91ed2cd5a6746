"""Requests to an application of the same process, without a network."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import anyio
import httpx
from anyio.abc import ObjectReceiveStream, ObjectSendStream
from starlette.types import ASGIApp, Message


@dataclass(frozen=True)
class InProcess(httpx.AsyncBaseTransport):
    """Hands an answer over while it is still being made, which `httpx.ASGITransport` does not: a
    download would be held whole in memory."""

    app: ASGIApp

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        body = await request.aread()
        outlet, inlet = anyio.create_memory_object_stream[Message](0)
        task = asyncio.create_task(_run(self.app, _scope(request), body, outlet))
        answer = _Answer(inlet, task)
        try:
            start = await inlet.receive()
        except anyio.EndOfStream:
            await task
            raise
        except asyncio.CancelledError:
            await answer.aclose()
            raise
        return httpx.Response(start["status"], headers=start["headers"], stream=answer)


@dataclass(frozen=True)
class _Answer(httpx.AsyncByteStream):
    inlet: ObjectReceiveStream[Message]
    task: asyncio.Task[None]

    async def __aiter__(self) -> AsyncIterator[bytes]:
        """To the end of what the application does, logging too; raises what it raises."""
        async for message in self.inlet:
            if message["body"]:
                yield message["body"]
        await self.task

    async def aclose(self) -> None:
        """Whoever goes before the end leaves nobody to answer to."""
        self.task.cancel()
        await self.inlet.aclose()


async def _run(
    app: ASGIApp, scope: dict[str, Any], body: bytes, outlet: ObjectSendStream[Message]
) -> None:
    asked: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

    async def receive() -> Message:
        """Nobody disconnects: who stops listening cancels."""
        if not asked:
            await asyncio.Event().wait()
        return asked.pop()

    async def send(message: Message) -> None:
        told = {"body": b"", "headers": []} | dict(message)
        await outlet.send(told)

    async with outlet:
        await app(scope, receive, send)


def _scope(request: httpx.Request) -> dict[str, Any]:
    return {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": request.method,
        "headers": [(name.lower(), value) for name, value in request.headers.raw],
        "scheme": request.url.scheme,
        "path": request.url.path,
        "raw_path": request.url.raw_path.split(b"?")[0],
        "query_string": request.url.query,
        "server": (request.url.host, request.url.port),
        "client": ("127.0.0.1", 123),
        "root_path": "",
    }
