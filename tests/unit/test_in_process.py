"""Requests to an application of the same process."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable

import httpx
import pytest
from starlette.types import Message, Receive, Scope, Send

from deploy.in_process import InProcess

pytestmark = pytest.mark.anyio
START: Message = {"type": "http.response.start", "status": 200, "headers": [(b"x", b"1")]}


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


def client(app: object) -> httpx.AsyncClient:
    return httpx.AsyncClient(transport=InProcess(app), base_url="http://here")  # type: ignore[arg-type]


def body(pieces: Iterable[bytes]) -> list[Message]:
    return [{"type": "http.response.body", "body": each, "more_body": True} for each in pieces]


async def echo(scope: Scope, receive: Receive, send: Send) -> None:
    asked = await receive()
    told = [scope["method"].encode(), scope["raw_path"], scope["query_string"], asked["body"]]
    await send(START)
    await send({"type": "http.response.body", "body": b" ".join(told)})


class TestARequest:
    async def test_arrives_whole_and_is_answered(self) -> None:
        async with client(echo) as http:
            answer = await http.post("/a%2Fb?c=d", content=b"e")
        assert (answer.status_code, answer.headers["x"]) == (200, "1")
        assert answer.content == b"POST /a%2Fb c=d e"

    async def test_that_breaks_tells_what_broke_before_and_after_the_answer_began(self) -> None:
        async def broken(scope: Scope, receive: Receive, send: Send) -> None:
            if scope["path"] == "/late":
                await send(START)
            raise ArithmeticError

        async with client(broken) as http:
            for path in ("/early", "/late"):
                with pytest.raises(ArithmeticError):
                    await http.get(path)

    async def test_is_answered_while_the_answer_is_made(self) -> None:
        going_on = asyncio.Event()

        async def slow(scope: Scope, receive: Receive, send: Send) -> None:
            for message in [START, *body([b"first"])]:
                await send(message)
            await going_on.wait()
            await send({"type": "http.response.body", "body": b"second"})

        async with client(slow) as http, http.stream("GET", "/") as answer:
            pieces = answer.aiter_raw()
            assert await anext(pieces) == b"first"
            going_on.set()
            assert [each async for each in pieces] == [b"second"]

    async def test_that_nobody_waits_for_any_more_is_ended(self) -> None:
        ended = asyncio.Event()

        async def endless(scope: Scope, receive: Receive, send: Send) -> None:
            try:
                await send(START)
                while True:
                    await send(body([b"more"])[0])
            finally:
                ended.set()

        async with client(endless) as http:
            async with http.stream("GET", "/") as answer:
                await anext(answer.aiter_raw())
            await asyncio.wait_for(ended.wait(), 5)

    async def test_that_is_given_up_before_it_is_answered_is_ended(self) -> None:
        ended = asyncio.Event()

        async def silent(scope: Scope, receive: Receive, send: Send) -> None:
            try:
                await receive()
                await receive()
            finally:
                ended.set()

        async with client(silent) as http:
            with pytest.raises(TimeoutError):
                await asyncio.wait_for(http.get("/"), 0.05)
            await asyncio.wait_for(ended.wait(), 5)
