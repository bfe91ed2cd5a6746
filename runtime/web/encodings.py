"""Bodies that were compressed on their way: read as what they were."""

from __future__ import annotations

import zlib

from starlette.types import Message, Receive, Scope

from kernel.errors import DomainError

GZIP = 16 + zlib.MAX_WBITS


class UnsupportedEncoding(DomainError):
    code = "unsupported_encoding"
    kind = "unsupported"
    message = "A body may be sent as it is or as gzip."


class MalformedEncoding(DomainError):
    code = "malformed_encoding"
    kind = "malformed"
    message = "The body is not the gzip that its Content-Encoding says."


def is_compressed(scope: Scope) -> bool:
    """Whether the body is gzip. Raises UnsupportedEncoding for anything else."""
    encodings = [value for name, value in scope["headers"] if name == b"content-encoding"]
    if not encodings:
        return False
    encoding = b",".join(encodings).strip().lower()
    if encoding in (b"", b"identity"):
        return False
    if encoding not in (b"gzip", b"x-gzip"):
        raise UnsupportedEncoding(encoding=encoding.decode("latin-1"))
    return True


class GzipBody:
    """At most `largest` bytes and one more come out, however small the body is that makes them:
    whoever counts them sees that it is too large."""

    def __init__(self, receive: Receive, largest: int) -> None:
        self._receive = receive
        self._left = largest + 1
        self._stream = zlib.decompressobj(GZIP)

    async def receive(self) -> Message:
        """Raises MalformedEncoding."""
        message = await self._receive()
        if message["type"] != "http.request":
            return message
        more = message.get("more_body", False)
        body = self._plain(message.get("body", b""))
        if not more and self._left > 0 and not self._stream.eof:
            raise MalformedEncoding
        return {"type": "http.request", "body": body, "more_body": more}

    def _plain(self, piece: bytes) -> bytes:
        if self._left <= 0:
            return b""
        try:
            body = self._stream.decompress(piece, self._left)
        except zlib.error:
            raise MalformedEncoding from None
        if self._stream.unused_data:
            raise MalformedEncoding
        self._left -= len(body)
        return body
