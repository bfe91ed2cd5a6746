"""What is refused before anybody looks at it: too large, too slow, or text that can't be kept."""

from __future__ import annotations

import asyncio
import re
from collections import Counter
from collections.abc import Mapping
from urllib.parse import parse_qsl, unquote_to_bytes

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from kernel.errors import DomainError, ValidationFailed
from kernel.text import is_line, printable
from runtime.web.encodings import GzipBody, is_compressed
from runtime.web.errors import error_response

LARGEST_BODY = 64 * 1024
BODY_SECONDS = 30.0
LONGEST_NUMBER = 18
# Of Latin-1, as which headers are read, the upper half may be a piece of UTF-8.
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")


class PayloadTooLarge(DomainError):
    code = "payload_too_large"
    kind = "too_large"
    message = "The body is larger than this route takes."


class RequestTooSlow(DomainError):
    code = "request_timeout"
    kind = "too_slow"
    message = "The body did not arrive in time."


class MalformedHeader(DomainError):
    code = "malformed_header"
    kind = "malformed"
    message = "A header has a character or a length that can't be."


class Bounds:
    """`bodies` gives the largest body, in bytes, of paths that begin so; a length that a request
    declares is taken at its word, and what really comes is counted, as what it was before it was
    compressed."""

    def __init__(self, bodies: Mapping[str, int], seconds: float = BODY_SECONDS) -> None:
        self._bodies = bodies
        self._seconds = seconds

    def bounded(self, scope: Scope, receive: Receive) -> Receive:
        """Raises what speaks against the request."""
        _check_url(scope)
        declared = _check_headers(scope)
        if declared is None:
            return receive
        largest = self._largest(scope["path"])
        if declared > largest:
            raise PayloadTooLarge(largest=largest)
        if is_compressed(scope):
            receive = GzipBody(receive, largest).receive
        return BoundedBody(receive, largest, self._seconds).receive

    def _largest(self, path: str) -> int:
        for prefix, size in self._bodies.items():
            if path.startswith(prefix):
                return size
        return LARGEST_BODY


class RequestLimits:
    """ASGI middleware."""

    def __init__(self, app: ASGIApp, bounds: Bounds) -> None:
        self._app = app
        self._bounds = bounds

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        try:
            bounded = self._bounds.bounded(scope, receive)
        except DomainError as refusal:
            await error_response(refusal)(scope, receive, send)
            return
        await self._app(scope, bounded, send)


class BoundedBody:
    """Raises PayloadTooLarge or RequestTooSlow where the body is read."""

    def __init__(self, receive: Receive, largest: int, seconds: float) -> None:
        self._receive = receive
        self._left = largest
        self._largest = largest
        self._until = asyncio.get_running_loop().time() + seconds
        self._complete = False

    async def receive(self) -> Message:
        if self._complete:
            return await self._receive()
        try:
            async with asyncio.timeout_at(self._until):
                message = await self._receive()
        except TimeoutError:
            raise RequestTooSlow from None
        self._left -= len(message.get("body", b""))
        if self._left < 0:
            raise PayloadTooLarge(largest=self._largest)
        self._complete = not message.get("more_body", False)
        return message


def _check_headers(scope: Scope) -> int | None:
    """The declared length of the body: 0 where it is not told before, None without a body."""
    declared: int | None = None
    for name, value in scope["headers"]:
        if name == b"content-length":
            declared = _length(value) or declared
        elif name == b"transfer-encoding":
            declared = declared or 0
    values = b"".join([value for _, value in scope["headers"]]).decode("latin-1")
    if not values.isprintable() and _CONTROL.search(values):
        raise MalformedHeader
    return declared


def _length(value: bytes) -> int:
    if not value.isdigit() or len(value) > LONGEST_NUMBER:
        raise MalformedHeader
    return int(value)


def _check_url(scope: Scope) -> None:
    query: bytes = scope["query_string"]
    path: str = scope["path"]
    if (not path.isprintable() and not is_line(path)) or "\ufffd" in path:
        raise _unstorable("path")
    if query:
        if not _is_line(unquote_to_bytes(query)):
            raise _unstorable("query")
        _check_names(query)


def _check_names(query: bytes) -> None:
    """Which of two values is meant nobody can know; no route takes a list there."""
    names = Counter(name for name, _ in parse_qsl(query.decode(), keep_blank_values=True))
    for name, times in names.items():
        if times > 1:
            fields = [{"field": f"query.{printable(name)}", "message": "is given more than once"}]
            raise ValidationFailed(fields=fields)


def _is_line(text: bytes) -> bool:
    try:
        return is_line(text.decode())
    except UnicodeDecodeError:
        return False


def _unstorable(where: str) -> ValidationFailed:
    return ValidationFailed(fields=[{"field": where, "message": "has text that can't be stored"}])
