"""Where accounts are kept: their events, and what finds them again."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from eventsourcing.persistence import RecordConflictError

from kernel.cause import Cause
from kernel.clock import Clock, rfc3339
from runtime.database import Cursor, Jsonb
from runtime.event_store import EventStore
from services.billing.domain.account import Account, account_stream
from services.billing.domain.schedule import next_check

TABLES = """
CREATE TABLE IF NOT EXISTS accounts (
    workspace     text PRIMARY KEY,
    revision      bigint NOT NULL,
    seen          jsonb NOT NULL,
    next_check_at timestamptz,
    attempts      int NOT NULL DEFAULT 0
);
CREATE INDEX IF NOT EXISTS accounts_due ON accounts (next_check_at)
    WHERE next_check_at IS NOT NULL;
CREATE TABLE IF NOT EXISTS gateway_objects (
    gateway   text NOT NULL,
    ref       text NOT NULL,
    workspace text NOT NULL,
    PRIMARY KEY (gateway, ref)
)
"""
KEEP = (
    "INSERT INTO accounts (workspace, revision, seen, next_check_at) "
    "VALUES (%(workspace)s, 1, %(seen)s, %(next)s) ON CONFLICT (workspace) DO UPDATE "
    "SET revision = accounts.revision + 1, seen = EXCLUDED.seen, attempts = 0, "
    "next_check_at = EXCLUDED.next_check_at "
    "WHERE accounts.revision = %(revision)s RETURNING revision"
)


@dataclass(slots=True)
class Loaded:
    """`seen`: when the latest applied snapshot of each subscription was taken, also of those that
    made no event."""

    account: Account
    revision: int
    seen: dict[str, datetime] = field(default_factory=dict)


class Accounts:
    def __init__(self, store: EventStore, clock: Clock) -> None:
        self.store = store
        self._database = store.database
        self._clock = clock

    def migrate(self) -> None:
        self._database.apply(TABLES)

    def find(self, workspace: str) -> Account | None:
        return self.store.find(Account, account_stream(workspace))

    def load(self, workspace: str) -> Loaded:
        """For a command; a workspace that was never heard of gets a new account."""
        rows = self._database.rows(
            "SELECT revision, seen FROM accounts WHERE workspace = %s", (workspace,)
        )
        account = self.find(workspace) or Account.open(workspace, self._clock())
        if not rows:
            return Loaded(account, 0)
        seen = {key: datetime.fromisoformat(text) for key, text in rows[0]["seen"].items()}
        return Loaded(account, rows[0]["revision"], seen)

    def save(self, loaded: Loaded, cause: Cause) -> None:
        """Events, the next check and the snapshots' times at once, or RecordConflictError when
        somebody else saved this account since it was loaded, even if without an event."""
        account = loaded.account

        def keep(cursor: Cursor) -> None:
            _keep(cursor, loaded, next_check(account, self._clock()))

        if account.pending_events:
            self.store.save(account, cause=cause, within=keep)
        else:
            with self._database.transaction(commit=True) as cursor:
                keep(cursor)

    def workspace_of(self, gateway: str, ref: str) -> str | None:
        """Whose checkout, subscription or customer it is."""
        rows = self._database.rows(
            "SELECT workspace FROM gateway_objects WHERE gateway = %s AND ref = %s", (gateway, ref)
        )
        return str(rows[0]["workspace"]) if rows else None

    def all(self) -> list[str]:
        return [
            str(row["workspace"])
            for row in self._database.rows("SELECT workspace FROM accounts ORDER BY 1")
        ]

    def due(self, at: datetime, limit: int) -> list[str]:
        """Workspaces whose state at a gateway may have moved, the longest overdue first."""
        rows = self._database.rows(
            "SELECT workspace FROM accounts WHERE next_check_at <= %s "
            "ORDER BY next_check_at LIMIT %s",
            (at, limit),
        )
        return [str(row["workspace"]) for row in rows]

    def put_off(self, workspace: str, at: datetime) -> None:
        """A check failed: the next one comes later each time, within six hours."""
        with self._database.transaction(commit=True) as cursor:
            cursor.execute(
                "UPDATE accounts SET attempts = attempts + 1, next_check_at = %s + "
                "least(interval '30 seconds' * power(2, least(attempts, 10)), interval '6 hours') "
                "WHERE workspace = %s",
                (at, workspace),
            )


def _keep(cursor: Cursor, loaded: Loaded, next_at: datetime | None) -> None:
    account = loaded.account
    facts: Mapping[str, object] = {
        "workspace": account.workspace,
        "revision": loaded.revision,
        "seen": Jsonb({key: rfc3339(moment) for key, moment in loaded.seen.items()}),
        "next": next_at,
    }
    if cursor.execute(KEEP, facts).fetchone() is None:
        raise RecordConflictError(account.workspace)
    for gateway, ref in set(_references(account)):
        cursor.execute(
            "INSERT INTO gateway_objects (gateway, ref, workspace) VALUES (%s, %s, %s) "
            "ON CONFLICT DO NOTHING",
            (gateway, ref, account.workspace),
        )


def _references(account: Account) -> Iterator[tuple[str, str]]:
    for checkout in account.checkouts.values():
        if checkout.ref:
            yield checkout.gateway, checkout.ref
    subscriptions = [
        account.subscription,
        *(each.subscription for each in account.orphans.values()),
    ]
    for subscription in subscriptions:
        if subscription is not None and subscription.gateway is not None:
            for ref in (subscription.ref, subscription.customer):
                if ref is not None:
                    yield subscription.gateway, ref
