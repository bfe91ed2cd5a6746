"""Compressed bodies: what comes out, how much of it at most, and what is refused."""

from __future__ import annotations

import asyncio
import gzip
import tracemalloc

import pytest
from starlette.types import Message, Scope

from kernel.errors import DomainError
from runtime.web.encodings import MalformedEncoding, UnsupportedEncoding
from runtime.web.limits import Bounds, PayloadTooLarge

LARGEST = 1_000
PACKED = gzip.compress(b"{}", mtime=0)


def scope(*encodings: bytes) -> Scope:
    headers = [(b"transfer-encoding", b"chunked")]
    headers += [(b"content-encoding", encoding) for encoding in encodings]
    return {"type": "http", "path": "/", "query_string": b"", "headers": headers}


def body(sent: list[bytes], *encodings: bytes) -> bytes:
    """What a route reads of a body that is sent in these pieces."""
    pieces: list[Message] = [
        {"type": "http.request", "body": piece, "more_body": number < len(sent)}
        for number, piece in enumerate(sent, 1)
    ]

    async def receive() -> Message:
        return pieces.pop(0)

    async def read() -> bytes:
        bounded = Bounds({"/": LARGEST}).bounded(scope(*encodings), receive)
        read, more = b"", True
        while more:
            message = await bounded()
            read, more = read + message["body"], message["more_body"]
        return read

    return asyncio.run(read())


class TestGzip:
    @pytest.mark.parametrize("size", [0, 1, LARGEST])
    @pytest.mark.parametrize("encoding", [b"gzip", b"x-gzip", b"GZIP"])
    def test_a_body_is_read_as_it_was(self, size: int, encoding: bytes) -> None:
        plain = b"x" * size
        assert body([gzip.compress(plain)], encoding) == plain

    def test_pieces_may_be_cut_anywhere(self) -> None:
        plain = bytes(range(256)) * 3
        packed = gzip.compress(plain)
        assert body([packed[n : n + 1] for n in range(len(packed))], b"gzip") == plain

    def test_what_is_too_large_when_it_is_unpacked_is_refused(self) -> None:
        with pytest.raises(PayloadTooLarge):
            body([gzip.compress(b"x" * (LARGEST + 1))], b"gzip")

    def test_a_bomb_takes_no_memory(self) -> None:
        bomb = gzip.compress(bytes(50_000_000))
        tracemalloc.start()
        with pytest.raises(PayloadTooLarge):
            body([bomb], b"gzip")
        assert tracemalloc.get_traced_memory()[1] < 1_000_000
        tracemalloc.stop()

    @pytest.mark.parametrize(
        "sent",
        [
            b"{}",
            b"",
            PACKED[:-1],
            PACKED + b"more",
            PACKED[:-8] + bytes(8),
        ],
        ids=["plain", "nothing", "cut off", "with more behind it", "with a wrong check"],
    )
    def test_what_is_no_whole_gzip_is_refused(self, sent: bytes) -> None:
        with pytest.raises(MalformedEncoding):
            body([sent], b"gzip")


class TestOthers:
    @pytest.mark.parametrize("encodings", [(), (b"identity",), (b"",)])
    def test_without_an_encoding_a_body_is_as_it_is(self, encodings: tuple[bytes, ...]) -> None:
        assert body([b"{", b"}"], *encodings) == b"{}"

    @pytest.mark.parametrize("encodings", [(b"br",), (b"gzip, gzip",), (b"gzip", b"br")])
    def test_others_are_refused(self, encodings: tuple[bytes, ...]) -> None:
        with pytest.raises(UnsupportedEncoding) as refused:
            body([b"{}"], *encodings)
        assert isinstance(refused.value, DomainError)
