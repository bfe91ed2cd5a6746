"""`Idempotency-Key`: the same key and body get the same answer, another body is refused."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

from fastapi import Request, Response
from starlette.concurrency import run_in_threadpool

from kernel.errors import DomainError, ValidationFailed
from runtime.postgres.database import Database, Jsonb, Row
from runtime.postgres.migrations import Migrations
from runtime.web.auth import Authenticator

IDEMPOTENCY_TABLES = Migrations(
    "idempotency_keys", Path(__file__).parent / "migrations" / "idempotency_keys"
)
# A claim without an answer is a crash, or a request still running: after this long the former.
CLAIM_SECONDS = 30
# A quota that is used up says when to ask again; the key must not answer for it then.
NOT_NOW = 429
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
    """Keys are scoped by the token's subject and the path. Answers below 500, refusals too, are
    kept; a failure of ours and a `NOT_NOW` free the key, because the commands behind it are
    idempotent."""

    def __init__(self, database: Database, authenticator: Authenticator) -> None:
        self.database = database
        self._authenticator = authenticator

    def replaying(self, handler: Handler) -> Handler:
        async def replay(request: Request) -> Response:
            key = request.headers.get("idempotency-key")
            if request.method != "POST" or key is None:
                return await handler(request)
            if not 1 <= len(key) <= 255:
                raise ValidationFailed("Idempotency-Key must have 1 to 255 characters.")
            caller = self._authenticator.authenticate_header(request.headers.get("authorization"))
            scope = f"{caller.subject} {request.url.path}"
            body = await request.body()
            digest = hashlib.sha256(body).hexdigest()
            known = await run_in_threadpool(self._claim, scope, key, digest)
            if known is not None:
                return _answer(known)
            return await self._first_time(handler, request, scope, key)

        return replay

    async def _first_time(
        self, handler: Handler, request: Request, scope: str, key: str
    ) -> Response:
        try:
            response = await handler(request)
        except BaseException:
            await run_in_threadpool(self._release, scope, key)
            raise
        final = response.status_code < 500 and response.status_code != NOT_NOW
        settle = self._keep if final else self._release
        await run_in_threadpool(settle, scope, key, response)
        return response

    def _claim(self, scope: str, key: str, digest: str) -> Row | None:
        """None when the key is ours to execute; the kept answer when it was executed."""
        with self.database.transaction(commit=True) as cursor:
            cursor.execute(
                "INSERT INTO idempotency_keys (scope, key, body_hash) VALUES (%s, %s, %s) "
                "ON CONFLICT (scope, key) DO UPDATE SET claimed_at = clock_timestamp() "
                "WHERE idempotency_keys.status IS NULL AND idempotency_keys.body_hash = %s "
                "AND idempotency_keys.claimed_at < clock_timestamp() - make_interval(secs => %s) "
                "RETURNING key",
                (scope, key, digest, digest, CLAIM_SECONDS),
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


def _answer(row: Row) -> Response:
    return Response(bytes(row["body"]), row["status"], row["headers"])
