"""Headers by which browsers keep our answers to themselves."""

from __future__ import annotations

from collections.abc import Sequence

from starlette.types import ASGIApp, Message, Receive, Scope, Send

Header = tuple[bytes, bytes]
POLICY = b"content-security-policy"
# Answers are data, not pages; a page brings a policy of its own.
NOTHING = b"default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"
FRAMES = b"frame-ancestors"
DEFAULTS: tuple[Header, ...] = (
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
    (b"referrer-policy", b"no-referrer"),
)
HSTS: Header = (b"strict-transport-security", b"max-age=31536000; includeSubDomains")


class DefaultHeaders:
    """A header that an answer has already stays as it is; of a policy that says nothing of frames,
    none may hold the page."""

    def __init__(self, *, https_only: bool) -> None:
        self._headers = (*DEFAULTS, HSTS) if https_only else DEFAULTS
        self._all = (*self._headers, (POLICY, NOTHING))
        self._names = frozenset(name for name, _ in self._all)

    def completed(self, given: Sequence[Header]) -> list[Header]:
        names = {name for name, _ in given}
        if names.isdisjoint(self._names):
            return [*given, *self._all]
        missing = [header for header in self._headers if header[0] not in names]
        if POLICY not in names:
            return [*given, *missing, (POLICY, NOTHING)]
        return [*(_unframed(header) for header in given), *missing]


class SecurityHeaders:
    """ASGI middleware."""

    def __init__(self, app: ASGIApp, defaults: DefaultHeaders) -> None:
        self._app = app
        self._defaults = defaults

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def answer(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = self._defaults.completed(message.get("headers", ()))
            await send(message)

        await self._app(scope, receive, answer if scope["type"] == "http" else send)


def _unframed(header: Header) -> Header:
    name, value = header
    if name != POLICY or FRAMES in value:
        return header
    return name, value + b"; frame-ancestors 'none'"
