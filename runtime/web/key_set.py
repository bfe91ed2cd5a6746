"""The key set of whoever issues our callers' tokens (a JWKS), fetched beside the requests."""

from __future__ import annotations

import asyncio
import json
import threading
import time
from collections.abc import Sequence
from concurrent.futures import Future
from contextlib import suppress
from typing import Any

import httpx
import jwt
import structlog
from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from kernel.errors import Unavailable

log = structlog.get_logger()

FRESH_SECONDS = 300.0
# Between two fetches, whatever made them necessary: unknown key ids cost nobody more than this.
PAUSE_SECONDS = 10.0
FETCH_SECONDS = 5.0
MOST_BYTES = 256 * 1024
MOST_KEYS = 100
# What a token, or a key set, can make go wrong in the library that reads it.
UNREADABLE = (jwt.PyJWTError, ValueError, TypeError, OverflowError, RecursionError)
KEY_TYPES = {"RS256": "RSA", "ES256": "EC"}


class KeysUnavailable(Unavailable):
    """No key set was ever received, or the one with this token's key is being fetched."""

    code = "keys_unavailable"
    message = "The keys that tokens are verified with can't be read at the moment. Try again."


class NotAKeySet(ValueError):
    """The answer holds no key that a token could be verified with."""


class KeySet:
    """Never blocks: `candidates` answers from what is known and starts a fetch where that is stale
    or lacks the key. One fetch at a time, in a thread of its own. Whatever fails, or is no key
    set, leaves the known keys as they are."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._keys: Sequence[jwt.PyJWK] = ()
        self._fetched = self._attempted = float("-inf")
        self._lock = threading.Lock()
        self._fetching: Future[None] | None = None
        self.version = 0
        self.failure = ""

    def candidates(self, key_id: object, algorithm: str) -> list[jwt.PyJWK]:
        """Keys that may have signed such a token: those of its key id, or all of the algorithm's
        kind when it names none. Raises KeysUnavailable."""
        now = time.monotonic()
        if now > self._fetched + FRESH_SECONDS:
            self.refresh()
        fitting = [key for key in self._keys if key.key_type == KEY_TYPES.get(algorithm)]
        found = [key for key in fitting if key_id is None or key.key_id == key_id]
        if found or not KEY_TYPES.get(algorithm):
            return found
        if self.refresh() is not None or not self._keys:
            raise KeysUnavailable(retry_after=1)
        return []

    def problem(self) -> str | None:
        """What is wrong while no key is known; asking starts another attempt."""
        if self._keys:
            return None
        self.refresh()
        return self.failure or "not fetched yet"

    def knows(self, key_id: object) -> bool:
        return any(key_id is None or key.key_id == key_id for key in self._keys)

    def refresh(self) -> Future[None] | None:
        """The fetch under way, begun now if none was attempted lately; None when it is too soon."""
        with self._lock:
            if self._fetching is None and time.monotonic() >= self._attempted + PAUSE_SECONDS:
                self._attempted = time.monotonic()
                self._fetching = Future()
                threading.Thread(target=self._fetch, name="key-set", daemon=True).start()
            return self._fetching

    async def arrived(self, key_id: object) -> None:
        """Returns once a key set that could hold the key is there, or when it is not worth waiting
        for any longer."""
        fetching = None if self.knows(key_id) else self.refresh()
        if fetching is not None:
            with suppress(TimeoutError):
                waiting = asyncio.shield(asyncio.wrap_future(fetching))
                await asyncio.wait_for(waiting, FETCH_SECONDS)

    def _fetch(self) -> None:
        try:
            keys = fetch_key_set(self._url)
        except Exception as error:
            self.failure = f"{type(error).__name__}: {error}"[:300]
            log.warning("key_set_not_fetched", url=self._url, error=self.failure)
        else:
            self._keys, self._fetched, self.failure = keys, time.monotonic(), ""
            self.version += 1
        finally:
            with self._lock:
                done, self._fetching = self._fetching, None
            if done is not None:
                done.set_result(None)


class AwaitKeys:
    """ASGI middleware: a request whose token names an unknown key waits for the fetch under way,
    without holding a thread."""

    def __init__(self, app: ASGIApp, key_set: KeySet) -> None:
        self._app = app
        self._key_set = key_set

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            token = Headers(scope=scope).get("authorization", "").partition(" ")[2]
            with suppress(*UNREADABLE):
                await self._key_set.arrived(jwt.get_unverified_header(token).get("kid"))
        await self._app(scope, receive, send)


def fetch_key_set(url: str) -> list[jwt.PyJWK]:
    """Raises NotAKeySet, or what the connection raised."""
    return parse_key_set(_download(url))


def parse_key_set(raw: bytes) -> list[jwt.PyJWK]:
    """The public RSA and EC signing keys in it. Raises NotAKeySet."""
    try:
        keys = json.loads(raw)["keys"]
        listed = [key for key in keys[:MOST_KEYS] if isinstance(key, dict)]
    except (*UNREADABLE, LookupError) as error:
        raise NotAKeySet("the answer is no JSON object with keys") from error
    usable = [key for key in map(_key, listed) if key is not None]
    if not usable:
        raise NotAKeySet("the answer holds no RSA or EC key that verifies signatures")
    return usable


def _key(facts: dict[str, Any]) -> jwt.PyJWK | None:
    if facts.get("kty") not in KEY_TYPES.values() or facts.get("use", "sig") != "sig":
        return None
    public = {name: value for name, value in facts.items() if name != "d"}
    algorithm = "RS256" if public["kty"] == "RSA" else "ES256"
    try:
        return jwt.PyJWK(public, algorithm)
    except UNREADABLE:
        return None


def _download(url: str) -> bytes:
    """Bounded in bytes and in time as a whole; redirects are not followed."""
    ends = time.monotonic() + FETCH_SECONDS
    received = bytearray()
    with httpx.stream("GET", url, timeout=FETCH_SECONDS, follow_redirects=False) as response:
        if response.status_code != httpx.codes.OK:
            raise NotAKeySet(f"status {response.status_code}")
        for part in response.iter_bytes(16 * 1024):
            received += part
            if len(received) > MOST_BYTES or time.monotonic() > ends:
                raise NotAKeySet("the answer is too long or too slow")
    return bytes(received)
