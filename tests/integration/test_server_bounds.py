"""The HTTP server against clients that never finish, or never stop: over real sockets."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator

import pytest
import uvicorn
from fastapi import FastAPI, Request

from runtime.web import server
from runtime.web.edge import Edge, protect
from runtime.web.rates import Rates
from runtime.web.server import BoundedProtocol
from tests.support.waiting import wait_until

HEAD = b"GET /alive HTTP/1.1\r\nhost: x\r\n"


def an_app() -> FastAPI:
    app = FastAPI()
    protect(app, Edge(rates=Rates(), bodies={}))

    @app.get("/alive")
    async def alive() -> str:
        return "yes"

    @app.post("/echo")
    async def echo(request: Request) -> int:
        return len(await request.body())

    return app


@pytest.fixture
def port(monkeypatch: pytest.MonkeyPatch) -> Iterator[int]:
    monkeypatch.setattr(server, "HEADER_SECONDS", 0.5)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        config = uvicorn.Config(
            an_app(), http=BoundedProtocol, loop="uvloop", ws="none", log_level="error"
        )
        running = uvicorn.Server(config)
        thread = threading.Thread(target=running.run, args=([listener],), daemon=True)
        thread.start()
        wait_until(lambda: running.started, "the server starts")
        yield listener.getsockname()[1]
        running.should_exit = True
        thread.join(15)


def answer(port: int, *pieces: bytes, pause: float = 0.0) -> bytes:
    """All that comes back until the server closes, or says nothing more for a while."""
    with socket.create_connection(("127.0.0.1", port), timeout=5) as client:
        for piece in pieces:
            try:
                client.sendall(piece)
            except OSError:
                break
            time.sleep(pause)
        client.settimeout(1.5)
        received = b""
        try:
            while chunk := client.recv(65_536):
                received += chunk
        except OSError:
            pass
        return received


def status(received: bytes) -> int:
    return int(received[9:12]) if received else 0


class TestHeaders:
    def test_of_a_usual_size_are_taken(self, port: int) -> None:
        assert status(answer(port, HEAD + b"x: " + b"a" * 20_000 + b"\r\n\r\n")) == 200

    def test_that_are_too_large_are_refused(self, port: int) -> None:
        received = answer(port, HEAD + b"x: " + b"a" * 40_000 + b"\r\n\r\n")
        assert status(received) == 431
        assert b'"headers_too_large"' in received

    def test_that_never_end_are_not_collected(self, port: int) -> None:
        line = b"x: " + b"a" * 1_000_000
        assert status(answer(port, HEAD, *[line] * 50)) == 431

    def test_many_small_ones_count_together(self, port: int) -> None:
        assert status(answer(port, HEAD + b"x: y\r\n" * 10_000 + b"\r\n")) == 431

    def test_an_address_counts_with_them(self, port: int) -> None:
        request = b"GET /" + b"a" * 40_000 + b" HTTP/1.1\r\nhost: x\r\n\r\n"
        assert status(answer(port, request)) == 431

    def test_that_trickle_are_not_waited_for(self, port: int) -> None:
        started = time.monotonic()
        assert answer(port, *[HEAD] + [b"x: y\r\n"] * 10, pause=0.2) == b""
        assert time.monotonic() - started < 8

    def test_that_never_begin_are_not_waited_for_either(self, port: int) -> None:
        started = time.monotonic()
        assert answer(port) == b""
        assert time.monotonic() - started < 1.4


class TestBodies:
    def test_longer_than_they_say_are_another_request(self, port: int) -> None:
        request = b"POST /echo HTTP/1.1\r\nhost: x\r\ncontent-length: 2\r\n\r\nabGARBAGE\r\n\r\n"
        assert b"HTTP/1.1 400" in answer(port, request)

    @pytest.mark.parametrize(
        "lie",
        [
            b"content-length: -1",
            b"content-length: 9x",
            b"content-length: 1\r\ncontent-length: 2",
            b"content-length: 4\r\ntransfer-encoding: chunked",
            b"content-length: 99999999999999999999999",
        ],
    )
    def test_whose_length_is_a_lie_are_refused(self, port: int, lie: bytes) -> None:
        request = b"POST /echo HTTP/1.1\r\nhost: x\r\n" + lie + b"\r\n\r\nabcd"
        received = answer(port, request)
        assert status(received) == 400
        assert b'"malformed_' in received

    def test_in_chunks_are_counted(self, port: int) -> None:
        head = b"POST /echo HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n"
        chunk = b"8000\r\n" + b"a" * 0x8000 + b"\r\n"
        assert status(answer(port, head, chunk, b"0\r\n\r\n")) == 200
        assert status(answer(port, head, chunk * 3, b"0\r\n\r\n")) == 413

    def test_that_are_refused_are_thrown_away_and_the_connection_goes_on(self, port: int) -> None:
        size = 10_000_000
        head = b"POST /echo HTTP/1.1\r\nhost: x\r\ncontent-length: %d\r\n\r\n" % size
        received = answer(port, head, b"[]," * (size // 3) + b"]", HEAD + b"\r\n")
        assert received.startswith(b"HTTP/1.1 413")
        assert received.count(b"HTTP/1.1 200") == 1
