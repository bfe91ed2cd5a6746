"""What the outside world posts to us: stored once as it came, dealt with later, never lost."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from prometheus_client import Counter

from kernel.text import printable
from runtime.eventstore.vault import PREFIX, Vault
from runtime.postgres.coalescing import Coalescing
from runtime.postgres.database import Database, Jsonb, Row
from runtime.postgres.migrations import Migrations

INBOX_TABLES = Migrations("inbox", Path(__file__).parent / "migrations" / "inbox")
SETTLED = Counter(
    "inbox_settled_total", "Messages dealt with: processed or parked.", ["source", "outcome"]
)
# No workspace is named like that.
UNASSIGNED = "@"
# A message that is being read is hidden from others for as long as reading can take.
LEASE_SECONDS = 120
# In the order of their ids, so that two processes that receive the same can't block each other.
RECEIVE = """
INSERT INTO inbox (source, id, raw, headers, facts, digest)
SELECT * FROM unnest(%(sources)s::text[], %(ids)s::text[], %(raws)s::bytea[],
                     %(headers)s::jsonb[], %(facts)s::jsonb[], %(digests)s::text[])
              AS arrival (source, id)
 ORDER BY source, id
ON CONFLICT DO NOTHING
RETURNING source, id
"""
CLAIM = """
UPDATE inbox SET attempts = attempts + 1,
       next_attempt_at = clock_timestamp() + make_interval(secs => %s)
 WHERE sequence = (
       SELECT sequence FROM inbox
        WHERE state = 'received'
          AND next_attempt_at <= clock_timestamp() - make_interval(secs => %s)
        ORDER BY next_attempt_at, sequence LIMIT 1 FOR UPDATE SKIP LOCKED)
RETURNING sequence, source, id, facts, attempts,
          CASE WHEN raw = '' THEN '' ELSE encode(sha256(raw), 'hex') END AS sealed
"""


@dataclass(frozen=True, slots=True)
class InboxMessage:
    """`facts` is what the receiver understood of it; `attempts` counts this one. `sealed`: SHA-256,
    hex, of what was posted as it is kept, which is sealed; empty once that was forgotten."""

    sequence: int
    source: str
    id: str
    facts: Mapping[str, Any]
    attempts: int
    sealed: str = ""


@dataclass(frozen=True, slots=True)
class _Arrival:
    """`keeper`: whose key seals the text."""

    source: str
    id: str
    keeper: str
    text: str
    headers: dict[str, str]
    facts: dict[str, Any]
    digest: str | None = None


@dataclass(frozen=True, slots=True)
class Parked:
    """Given up, and kept for people."""

    source: str
    id: str
    facts: Mapping[str, Any]
    attempts: int
    last_error: str
    received_at: datetime


class Inbox:
    """Once per (source, id). A failed message is read again after pauses that double from
    `first_pause` seconds up to an hour, and parked after `attempts` failures.

    What was posted may name people: it is kept sealed, with the key of the workspace that it is
    about, or of its source while that is not known.
    """

    def __init__(
        self, database: Database, vault: Vault, *, attempts: int = 12, first_pause: float = 2.0
    ) -> None:
        self._database = database
        self._vault = vault
        self._attempts = attempts
        self._first_pause = first_pause
        self._store = Coalescing(self._store_all)

    def receive(
        self,
        source: str,
        id_: str,
        raw: bytes,
        headers: Mapping[str, str],
        facts: Mapping[str, Any],
        owner: str = "",
        digest: str = "",
    ) -> bool:
        """Durably stored when this returns. False: it is a duplicate and changes nothing. `owner`
        is the workspace that it is about, where that is known; `digest` names what was signed,
        where its id is not part of that."""
        text = raw.decode("latin-1")
        keeper = owner or f"{UNASSIGNED}{source}"
        shown = {name: printable(value) for name, value in headers.items()}
        return self._store(_Arrival(source, id_, keeper, text, shown, dict(facts), digest or None))

    def claim(self, overdue: float = 0.0) -> InboxMessage | None:
        """The message whose turn it is, leased; None when none has been due for `overdue` seconds.
        Safe for many readers."""
        rows = self._database.rows(CLAIM, (LEASE_SECONDS, overdue))
        return InboxMessage(*rows[0].values()) if rows else None

    def settle(self, message: InboxMessage) -> None:
        self._end(message, "processed", "")

    def park(self, message: InboxMessage, error: str) -> None:
        self._end(message, "parked", error)

    def is_last_attempt(self, message: InboxMessage) -> bool:
        """Whether it is parked when this one fails."""
        return message.attempts >= self._attempts

    def put_off(self, message: InboxMessage, error: str) -> bool:
        """Read again later, or parked after too many attempts: then False."""
        if self.is_last_attempt(message):
            self.park(message, error)
            return False
        pause = min(self._first_pause * 2 ** (message.attempts - 1), 3600.0)
        self._database.execute(
            "UPDATE inbox SET last_error = %s, "
            "next_attempt_at = clock_timestamp() + make_interval(secs => %s) WHERE sequence = %s",
            (printable(error)[:2000], pause, message.sequence),
        )
        return True

    def parked(self, limit: int = 500) -> list[Parked]:
        """Oldest first."""
        rows = self._database.rows(
            "SELECT source, id, facts, attempts, last_error, received_at FROM inbox "
            "WHERE state = 'parked' ORDER BY sequence LIMIT %s",
            (limit,),
        )
        return [Parked(*row.values()) for row in rows]

    def reopen(self, source: str, id_: str) -> bool:
        """A parked message is to be read again, from its first attempt. False: it is not parked."""
        reopened = self._database.execute(
            "UPDATE inbox SET state = 'received', attempts = 0, settled_at = NULL, "
            "next_attempt_at = clock_timestamp() "
            "WHERE source = %s AND id = %s AND state = 'parked'",
            (source, id_),
        )
        return reopened == 1

    def state(self, source: str, id_: str) -> str | None:
        """None for a message that never came."""
        rows = self._database.rows(
            "SELECT state FROM inbox WHERE source = %s AND id = %s", (source, id_)
        )
        return str(rows[0]["state"]) if rows else None

    def raw(self, source: str, id_: str) -> tuple[bytes, Mapping[str, str]] | None:
        """What was posted, byte for byte, with its headers; `[erased]` or nothing once its key was
        erased or it was forgotten."""
        rows = self._database.rows(
            "SELECT raw, headers FROM inbox WHERE source = %s AND id = %s", (source, id_)
        )
        if not rows:
            return None
        text = self._vault.unseal(bytes(rows[0]["raw"]).decode()) or ""
        return text.encode("latin-1"), rows[0]["headers"]

    def kept(self, ids: Sequence[tuple[str, str]]) -> Mapping[tuple[str, str], bytes]:
        """What is kept of messages, by source and id: sealed, or nothing once it was forgotten."""
        rows = self._database.rows(
            "SELECT source, id, raw FROM inbox JOIN "
            "unnest(%s::text[], %s::text[]) AS wanted (source, id) USING (source, id)",
            ([source for source, _ in ids], [id_ for _, id_ in ids]),
        )
        return {(row["source"], row["id"]): bytes(row["raw"]) for row in rows}

    def kept_of(self, workspace: str) -> list[Row]:
        """All that is kept sealed with a workspace's key, oldest first."""
        return self._database.rows(
            "SELECT source, id, received_at, raw FROM inbox "
            "WHERE starts_with(convert_from(raw, 'UTF8'), %s) ORDER BY sequence",
            (f"{PREFIX}:{workspace}:",),
        )

    def forget_unassigned(self) -> int:
        """Drops what was posted and is nobody's known; the messages stay."""
        return self._database.execute(
            "UPDATE inbox SET raw = '' WHERE starts_with(convert_from(raw, 'UTF8'), %s)",
            (f"{PREFIX}:{UNASSIGNED}",),
        )

    def counts(self) -> Mapping[str, int]:
        """Messages by state."""
        rows = self._database.rows("SELECT state, count(*) AS messages FROM inbox GROUP BY state")
        return {row["state"]: row["messages"] for row in rows}

    def _store_all(self, arrivals: Sequence[_Arrival]) -> Sequence[bool]:
        """In one transaction. Of two that are the same, one is the duplicate."""
        sealed = self._vault.seal_all([(each.keeper, each.text) for each in arrivals])
        rows = self._database.rows(
            RECEIVE,
            {
                "sources": [each.source for each in arrivals],
                "ids": [each.id for each in arrivals],
                "raws": [text.encode() for text in sealed],
                "headers": [Jsonb(each.headers) for each in arrivals],
                "facts": [Jsonb(each.facts) for each in arrivals],
                "digests": [each.digest for each in arrivals],
            },
        )
        new = {(row["source"], row["id"]) for row in rows}
        return [_take(new, (each.source, each.id)) for each in arrivals]

    def _end(self, message: InboxMessage, state: str, error: str) -> None:
        self._database.execute(
            "UPDATE inbox SET state = %s, last_error = %s, settled_at = clock_timestamp() "
            "WHERE sequence = %s",
            (state, printable(error)[:2000], message.sequence),
        )
        SETTLED.labels(message.source, state).inc()


def _take(from_: set[tuple[str, str]], wanted: tuple[str, str]) -> bool:
    """True once for each that is there."""
    found = wanted in from_
    from_.discard(wanted)
    return found
