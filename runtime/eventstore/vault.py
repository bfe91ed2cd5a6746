"""Personal data in events: sealed with a key of its workspace, unreadable once that is erased."""

from __future__ import annotations

import base64
import secrets
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from kernel.errors import Conflict
from runtime.postgres.database import Database
from runtime.postgres.migrations import Migrations, Schema

VAULT_TABLES = Migrations("vault", Path(__file__).parent / "migrations" / "vault")
PREFIX = "sealed"
ERASED = "[erased]"


class Vault:
    """Keys live in a schema of their own, outside every event store, log and export.

    Sealed text reads `sealed:<workspace>:<base64 of nonce and ciphertext>`. Nothing is cached, so
    an erased key is gone for every process at once.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    @property
    def schema(self) -> Schema:
        return Schema(self._database, VAULT_TABLES)

    def seal(self, workspace: str, text: str | None) -> str | None:
        """None stays None. Raises Conflict for a workspace whose key was erased."""
        if text is None:
            return None
        key = self._keys([workspace])[workspace]
        if key is None:
            raise Conflict("The personal data of this workspace was erased.")
        return _sealed(workspace, text, key)

    def seal_all(self, texts: Sequence[tuple[str, str]]) -> list[str]:
        """Texts, each with its workspace, which must be accepted in any case: `[erased]` for a
        workspace whose key was."""
        keys = self._keys({workspace for workspace, _ in texts})
        return [
            ERASED if (key := keys[workspace]) is None else _sealed(workspace, text, key)
            for workspace, text in texts
        ]

    def unseal(self, sealed: str | None) -> str | None:
        """The text; `[erased]` once its workspace was erased. Plain text comes back as it is."""
        if sealed is None or not sealed.startswith(f"{PREFIX}:"):
            return sealed
        workspace = _workspace_of(sealed)
        key = self._stored([workspace]).get(workspace)
        opened = _opened(key, sealed) if key is not None else None
        return ERASED if opened is None else opened.decode()

    def keeps(self, workspaces: Collection[str]) -> Mapping[str, bool]:
        """Whether there is a key, of those that there is or was one of."""
        return {name: key is not None for name, key in self._stored(workspaces).items()}

    def unreadable(self, texts: Collection[str]) -> list[str]:
        """Those that are sealed, and that no key opens."""
        sealed = [text for text in texts if text.startswith(f"{PREFIX}:")]
        keys = self._stored({_workspace_of(text) for text in sealed})
        return [text for text in sealed if not _opens(keys.get(_workspace_of(text)), text)]

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

    def _keys(self, workspaces: Collection[str]) -> Mapping[str, bytes | None]:
        """None where it was erased. Missing ones are made; another process may be first."""
        known = self._stored(workspaces)
        missing = sorted(set(workspaces) - known.keys())
        if not missing:
            return known
        self._database.execute(
            "INSERT INTO workspace_keys (workspace, key) "
            "SELECT * FROM unnest(%s::text[], %s::bytea[]) ON CONFLICT DO NOTHING",
            (missing, [AESGCM.generate_key(256) for _ in missing]),
        )
        return self._stored(workspaces)

    def _stored(self, workspaces: Collection[str]) -> dict[str, bytes | None]:
        rows = self._database.rows(
            "SELECT workspace, key FROM workspace_keys WHERE workspace = ANY(%s)",
            (list(workspaces),),
        )
        return {row["workspace"]: row["key"] and bytes(row["key"]) for row in rows}


def _sealed(workspace: str, text: str, key: bytes) -> str:
    nonce = secrets.token_bytes(12)
    sealed = AESGCM(key).encrypt(nonce, text.encode(), workspace.encode())
    return f"{PREFIX}:{workspace}:{base64.urlsafe_b64encode(nonce + sealed).decode()}"


def _workspace_of(sealed: str) -> str:
    return sealed.split(":", 2)[1]


def _opens(key: bytes | None, sealed: str) -> bool:
    return key is not None and _opened(key, sealed) is not None


def _opened(key: bytes, sealed: str) -> bytes | None:
    """None when it was sealed with another key, or altered."""
    _, workspace, encoded = sealed.split(":", 2)
    raw = base64.urlsafe_b64decode(encoded)
    try:
        return AESGCM(key).decrypt(raw[:12], raw[12:], workspace.encode())
    except InvalidTag:
        return None
