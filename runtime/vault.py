"""Personal data in events: sealed with a key of its workspace, unreadable once that is erased."""

from __future__ import annotations

import base64
import secrets

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from kernel.errors import Conflict
from runtime.database import Database, Row

TABLE = """
CREATE TABLE IF NOT EXISTS workspace_keys (
    workspace  text PRIMARY KEY,
    key        bytea,
    created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    erased_at  timestamptz
)
"""
PREFIX = "sealed"
ERASED = "[erased]"


class Vault:
    """Keys live in a schema of their own, outside every event store, log and export.

    Sealed text reads `sealed:<workspace>:<base64 of nonce and ciphertext>`. Nothing is cached, so
    an erased key is gone for every process at once.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    def migrate(self) -> None:
        self._database.ensure_schema()
        self._database.apply(TABLE)

    def seal(self, workspace: str, text: str | None) -> str | None:
        """None stays None. Raises Conflict for a workspace whose key was erased."""
        if text is None:
            return None
        nonce = secrets.token_bytes(12)
        sealed = AESGCM(self._key(workspace)).encrypt(nonce, text.encode(), workspace.encode())
        return f"{PREFIX}:{workspace}:{base64.urlsafe_b64encode(nonce + sealed).decode()}"

    def seal_or_drop(self, workspace: str, text: str) -> str:
        """For what must be accepted in any case: `[erased]` for a workspace whose key was."""
        try:
            return self.seal(workspace, text) or ""
        except Conflict:
            return ERASED

    def unseal(self, sealed: str | None) -> str | None:
        """The text; `[erased]` once its workspace was erased. Plain text comes back as it is."""
        if sealed is None or not sealed.startswith(f"{PREFIX}:"):
            return sealed
        _, workspace, encoded = sealed.split(":", 2)
        rows = self._stored(workspace)
        if not rows or rows[0]["key"] is None:
            return ERASED
        raw = base64.urlsafe_b64decode(encoded)
        try:
            opened = AESGCM(bytes(rows[0]["key"])).decrypt(raw[:12], raw[12:], workspace.encode())
        except InvalidTag:
            return ERASED
        return opened.decode()

    def erase(self, workspace: str) -> bool:
        """Forgets the key for good; False when it was erased before. Idempotent."""
        erased = self._database.execute(
            "INSERT INTO workspace_keys (workspace, key, erased_at) "
            "VALUES (%s, NULL, clock_timestamp()) ON CONFLICT (workspace) DO UPDATE "
            "SET key = NULL, erased_at = clock_timestamp() "
            "WHERE workspace_keys.erased_at IS NULL",
            (workspace,),
        )
        return erased == 1

    def _key(self, workspace: str) -> bytes:
        rows = self._stored(workspace) or self._made(workspace)
        if rows[0]["key"] is None:
            raise Conflict("The personal data of this workspace was erased.")
        return bytes(rows[0]["key"])

    def _stored(self, workspace: str) -> list[Row]:
        return self._database.rows(
            "SELECT key FROM workspace_keys WHERE workspace = %s", (workspace,)
        )

    def _made(self, workspace: str) -> list[Row]:
        """The new key, or that of another process that was first."""
        self._database.execute(
            "INSERT INTO workspace_keys (workspace, key) VALUES (%s, %s) ON CONFLICT DO NOTHING",
            (workspace, AESGCM.generate_key(256)),
        )
        return self._stored(workspace)
