"""Addresses that a caller names for a browser to be sent back to."""

from __future__ import annotations

from contextvars import ContextVar
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, HttpUrl, TypeAdapter, ValidationError
from starlette.types import ASGIApp, Receive, Scope, Send

from kernel.text import is_line

LONGEST = 2_048
# What Stripe fills in. Braces are no part of a URL, and only stand where a query may.
_PLACEHOLDER = "{CHECKOUT_SESSION_ID}"
_NEVER = frozenset(' <>"\\^`|{}')
_url = TypeAdapter(HttpUrl)
_allowed: ContextVar[frozenset[str]] = ContextVar("return_hosts", default=frozenset())


class ReturnHosts:
    """ASGI middleware: inside of it a `ReturnUrl` must name one of these hosts."""

    def __init__(self, app: ASGIApp, hosts: frozenset[str]) -> None:
        self._app = app
        self._hosts = hosts

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        _allowed.set(self._hosts)
        await self._app(scope, receive, send)


def return_url(text: str) -> str:
    """The same text. Raises ValueError unless both of the libraries that read it later, ours and
    the gateways', can: http or https, a host that is allowed, no credentials."""
    plain = text.replace(_PLACEHOLDER, "ID")
    if not is_line(plain) or not _NEVER.isdisjoint(plain):
        raise ValueError("has a character that no URL has")
    parts = urlsplit(plain)
    host = (parts.hostname or "").lower()
    if parts.scheme not in {"http", "https"} or not host.strip("."):
        raise ValueError("must begin with https:// or http:// and a host")
    if "@" in parts.netloc or _PLACEHOLDER in urlsplit(text).netloc:
        raise ValueError("must name a host alone: no user, no password, no placeholder")
    _ = parts.port  # raises where there is none that can be
    _parse(plain)
    allowed = _allowed.get()
    if allowed and host not in allowed:
        raise ValueError("names a host that nobody may be sent back to")
    return text


def _parse(url: str) -> None:
    try:
        _url.validate_python(url)
    except ValidationError:
        raise ValueError("is not a URL") from None


ReturnUrl = Annotated[
    str,
    Field(
        min_length=1,
        max_length=LONGEST,
        pattern=r"^https?://[^\x00-\x20\x7f-\x9f<>\"\\^`|]+$",
        examples=["https://app.example.com/billing?session={CHECKOUT_SESSION_ID}"],
    ),
    AfterValidator(return_url),
]
