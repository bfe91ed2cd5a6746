"""`Idempotency-Key`: the same key and body get the same answer, another body is refused."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

from fastapi import Request, Response
from starlette.concurrency import run_in_threadpool

from kernel.errors import Conflict, DomainError, Kind, ValidationFailed
from kernel.text import is_line
from runtime.postgres.database import Database, Jsonb, Row
from runtime.postgres.migrations import Migrations
from runtime.web.auth import Authenticator
from runtime.web.errors import error_response

IDEMPOTENCY_TABLES = Migrations(
    "idempotency_keys", Path(__file__).parent / "migrations" / "idempotency_keys"
)
# A claim without an answer is a crash, or a request still running: after this long the former.
CLAIM_SECONDS = 30
KEPT_HOURS = 24
PURGE_SECONDS = 600.0
LONGEST_KEY = 255
# Refusals of access, and those after which the same request may succeed.
NOT_OUTCOMES: frozenset[Kind] = frozenset(
    {
        "unauthenticated",
        "forbidden",
        "too_slow",
        "too_large",
        "limit_reached",
        "internal",
        "upstream",
        "unavailable",
        "timeout",
    }
)
KEPT_HEADERS = ("content-type", "x-event-position", "location")
Handler = Callable[[Request], Coroutine[Any, Any, Response]]


class IdempotencyKeyReused(DomainError):
    code = "idempotency_key_reused"
    kind = "conflict"
    message = "This Idempotency-Key was used with another request."


class RequestInProgress(DomainError):
    code = "request_in_progress"
    kind = "conflict"
    message = "A request with this Idempotency-Key is still running. Try again."


class IdempotencyKeys:
    """A key belongs to its caller, method, path and query. Kept are outcomes: answers, and refusals
    that the same request would meet again. Anything else frees the key, because the commands
    behind it are idempotent. Whoever is answered from here has been authorised before."""

    def __init__(self, database: Database, authenticator: Authenticator) -> None:
        self.database = database
        self._authenticator = authenticator

    def replaying(self, handler: Handler) -> Handler:
        async def replay(request: Request) -> Response:
            key = request.headers.get("idempotency-key")
            if request.method != "POST" or key is None:
                return await handler(request)
            if not 1 <= len(key) <= LONGEST_KEY or not is_line(key):
                raise ValidationFailed(f"Idempotency-Key must have 1 to {LONGEST_KEY} characters.")
            scope = self._scope(request)
            digest = hashlib.sha256(await request.body()).hexdigest()
            known = await run_in_threadpool(self._claim, scope, key, digest)
            if known is not None:
                return _answer(known)
            return await self._first_time(handler, request, scope, key)

        return replay

    def purge(self) -> None:
        """Forgets what is kept no longer."""
        self.database.execute(
            "DELETE FROM idempotency_keys "
            "WHERE claimed_at < clock_timestamp() - make_interval(hours => %s)",
            (KEPT_HOURS,),
        )

    def _scope(self, request: Request) -> str:
        """A digest: paths and queries may be longer than an index takes."""
        caller = self._authenticator.authenticate_header(request.headers.get("authorization"))
        url = request.url
        parts = (request.method, url.path, url.query, caller.subject)
        return hashlib.sha256("\n".join(parts).encode()).hexdigest()

    async def _first_time(
        self, handler: Handler, request: Request, scope: str, key: str
    ) -> Response:
        try:
            response, is_outcome = await _executed(handler, request)
        except BaseException:
            await run_in_threadpool(self._release, scope, key)
            raise
        settle = self._keep if is_outcome else self._release
        await run_in_threadpool(settle, scope, key, response)
        return response

    def _claim(self, scope: str, key: str, digest: str) -> Row | None:
        """None when the key is ours to execute; the kept answer when it was executed."""
        with self.database.transaction(commit=True) as cursor:
            cursor.execute(
                "INSERT INTO idempotency_keys (scope, key, body_hash) VALUES (%s, %s, %s) "
                "ON CONFLICT (scope, key) DO UPDATE SET claimed_at = clock_timestamp(), "
                "body_hash = excluded.body_hash, status = NULL, headers = NULL, body = NULL "
                "WHERE idempotency_keys.status IS NULL "
                "AND idempotency_keys.body_hash = excluded.body_hash "
                "AND idempotency_keys.claimed_at < clock_timestamp() - make_interval(secs => %s) "
                "OR idempotency_keys.claimed_at < clock_timestamp() - make_interval(hours => %s) "
                "RETURNING key",
                (scope, key, digest, CLAIM_SECONDS, KEPT_HOURS),
            )
            if cursor.fetchone() is not None:
                return None
            cursor.execute(
                "SELECT * FROM idempotency_keys WHERE scope = %s AND key = %s", (scope, key)
            )
            row = cursor.fetchone()
        if row is None:
            raise RequestInProgress
        if row["body_hash"] != digest:
            raise IdempotencyKeyReused
        if row["status"] is None:
            raise RequestInProgress
        return row

    def _keep(self, scope: str, key: str, response: Response) -> None:
        kept = {name: response.headers[name] for name in KEPT_HEADERS if name in response.headers}
        self.database.execute(
            "UPDATE idempotency_keys SET status = %s, headers = %s, body = %s "
            "WHERE scope = %s AND key = %s",
            (response.status_code, Jsonb(kept), response.body, scope, key),
        )

    def _release(self, scope: str, key: str, _: Response | None = None) -> None:
        self.database.execute(
            "DELETE FROM idempotency_keys WHERE scope = %s AND key = %s AND status IS NULL",
            (scope, key),
        )


async def _executed(handler: Handler, request: Request) -> tuple[Response, bool]:
    """The answer, and whether it is an outcome."""
    try:
        response = await handler(request)
    except DomainError as refusal:
        passing = refusal.kind in NOT_OUTCOMES or refusal.code == Conflict.code
        return error_response(refusal), not passing
    return response, response.status_code < 400


def _answer(row: Row) -> Response:
    return Response(bytes(row["body"]), row["status"], row["headers"])
