"""One HTTP request to an endpoint, bounded in time and size, to an address that was looked at."""

from __future__ import annotations

import asyncio
import socket
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

import httpx

from kernel.clock import Clock
from services.notifications.domain.addresses import is_public, url_problem
from services.notifications.domain.delivery import Attempt, Message
from services.notifications.domain.endpoint import Endpoint
from services.notifications.domain.retries import asked_pause, verdict_on
from services.notifications.domain.signature import signed_headers

LARGEST_ANSWER = 64 * 1024
ADDRESSES_HOLD = 30.0
AT_ONCE = 16
CONTENT_TYPE = "application/cloudevents+json; charset=utf-8"
Resolve = Callable[[str, int], list[str]]


class NotAllowed(Exception):
    """The URL, or what its name resolves to, is no place for webhooks."""


def resolve(host: str, port: int) -> list[str]:
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


@dataclass(frozen=True, slots=True)
class Guard:
    """`private`: addresses that are not of the internet are allowed. All addresses of a name must
    be, or none is used: a name that mixes them is up to something."""

    private: bool
    resolve: Resolve = resolve

    def addresses(self, url: str) -> Sequence[str]:
        """What may be connected to. Raises NotAllowed, and OSError when the name is unknown."""
        problem = url_problem(url, private=self.private)
        if problem:
            raise NotAllowed(f"the URL {problem}")
        parts = urlsplit(url)
        port = parts.port or (443 if parts.scheme == "https" else 80)
        found = self.resolve(parts.hostname or "", port)
        if not self.private and not all(map(is_public, found)):
            raise NotAllowed(f"{parts.hostname} is an address of a private network")
        return found


@dataclass(frozen=True, slots=True)
class Bounds:
    """Seconds: until an answer has begun, until a connection stands, for the rest of an answer."""

    answer: float = 15.0
    connect: float = 5.0
    drain: float = 2.0


BOUNDS = Bounds()


@dataclass(slots=True)
class Sender:
    """For one event loop; connections are kept. Connects to the address that was checked, never
    to one that the name resolves to a moment later."""

    guard: Guard
    clock: Clock
    agent: str
    bounds: Bounds = BOUNDS
    _known: dict[str, tuple[float, Sequence[str]]] = field(default_factory=dict)
    _client: httpx.AsyncClient | None = None

    async def send(self, endpoint: Endpoint, message: Message) -> Attempt:
        """Never raises for what the endpoint, its name or the network do."""
        at, started = self.clock(), time.monotonic()
        status: int | None = None
        headers: Mapping[str, str] = {}
        error = ""
        try:
            async with asyncio.timeout(self.bounds.answer) as answering:
                status, headers = await self._exchange(endpoint, message, answering)
        except TimeoutError:
            error = f"no answer within {self.bounds.answer:g} s"
        except (httpx.HTTPError, httpx.InvalidURL, OSError, NotAllowed, ValueError) as problem:
            error = f"{type(problem).__name__}: {problem}"
        verdict = verdict_on(status)
        if status is not None and verdict != "delivered":
            error = f"answered {status}"
        return Attempt(
            verdict,
            at,
            round((time.monotonic() - started) * 1_000),
            status,
            error,
            asked_pause(headers.get("retry-after"), at),
        )

    async def close(self) -> None:
        client, self._client = self._client, None
        if client is not None:
            await client.aclose()

    async def _exchange(
        self, endpoint: Endpoint, message: Message, answering: asyncio.Timeout
    ) -> tuple[int, Mapping[str, str]]:
        """Tries the addresses one after the other until one can be connected to."""
        *others, last = await self._addresses(endpoint.url)
        for address in others:
            try:
                return await self._post(endpoint, message, address, answering)
            except (httpx.ConnectError, httpx.ConnectTimeout):
                continue
        return await self._post(endpoint, message, last, answering)

    async def _post(
        self, endpoint: Endpoint, message: Message, address: str, answering: asyncio.Timeout
    ) -> tuple[int, Mapping[str, str]]:
        url = httpx.URL(endpoint.url)
        headers = {
            "host": url.netloc.decode(),
            "content-type": CONTENT_TYPE,
            "user-agent": self.agent,
            **signed_headers(endpoint.secrets, message.id, message.body, self.clock()),
        }
        async with self._opened().stream(
            "POST",
            url.copy_with(host=address),
            content=message.body,
            headers=headers,
            extensions={"sni_hostname": url.host},
        ) as answer:
            answering.reschedule(None)
            await self._drain(answer)
            return answer.status_code, answer.headers

    async def _addresses(self, url: str) -> Sequence[str]:
        known = self._known.get(url)
        if known is not None and known[0] > time.monotonic():
            return known[1]
        found = await asyncio.to_thread(self.guard.addresses, url)
        if self._known and known is None:
            # Of another URL, maybe at the same address: kept connections were verified for the
            # name before.
            await self.close()
        self._known = {url: (time.monotonic() + ADDRESSES_HOLD, found)}
        return found

    def _opened(self) -> httpx.AsyncClient:
        if self._client is None:
            bounds: dict[str, Any] = {"max_connections": AT_ONCE}
            self._client = httpx.AsyncClient(
                timeout=httpx.Timeout(self.bounds.answer, connect=self.bounds.connect),
                limits=httpx.Limits(**bounds, max_keepalive_connections=AT_ONCE),
                follow_redirects=False,
                trust_env=False,
            )
        return self._client

    async def _drain(self, answer: httpx.Response) -> None:
        """A short answer is read, so that the connection can be used again; of a long or slow one
        nothing is kept, and its connection ends. It was answered, whatever becomes of the rest."""
        size = 0
        with suppress(TimeoutError, httpx.HTTPError):
            async with asyncio.timeout(self.bounds.drain):
                async for piece in answer.aiter_raw():
                    size += len(piece)
                    if size > LARGEST_ANSWER:
                        return
