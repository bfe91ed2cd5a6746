"""Where accounts are kept: their events, and what finds them again."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from eventsourcing.persistence import RecordConflictError

from kernel.cause import Cause
from kernel.clock import Clock, rfc3339
from runtime.eventstore.store import EventStore
from runtime.postgres.database import Cursor, Jsonb
from services.billing.domain.account import Account, account_stream
from services.billing.domain.errors import NotSubscribed
from services.billing.domain.schedule import next_check

# Nothing is kept when somebody recorded an event since the account was loaded; and no event, when
# somebody saw the same subscription later than we did.
KEEP = """
INSERT INTO accounts AS known (workspace, version, seen, next_check_at)
VALUES (%(workspace)s, %(version)s, %(seen)s, %(next)s)
ON CONFLICT (workspace) DO UPDATE
SET version = EXCLUDED.version, attempts = 0, next_check_at = EXCLUDED.next_check_at,
    seen = CASE WHEN (known.seen->>%(key)s)::timestamptz > %(at)s THEN known.seen
                ELSE known.seen || EXCLUDED.seen END
WHERE known.version <= %(loaded)s
  AND (EXCLUDED.version = known.version
       OR (known.seen->>%(key)s)::timestamptz <= %(at)s
       OR known.seen->>%(key)s IS NULL)
RETURNING version
"""


@dataclass(frozen=True, slots=True)
class Observed:
    """When the snapshot of which subscription was taken."""

    key: str
    at: datetime


@dataclass(slots=True)
class Loaded:
    """`version` is the account's before the command. `seen`: when the latest applied snapshot of
    each subscription was taken, also of those that made no event."""

    account: Account
    version: int
    seen: dict[str, datetime] = field(default_factory=dict)

    @property
    def has_news(self) -> bool:
        return bool(self.account.pending_events)


class Accounts:
    def __init__(self, store: EventStore, clock: Clock) -> None:
        self.store = store
        self._database = store.database
        self._clock = clock

    def find(self, workspace: str) -> Account | None:
        return self.store.find(Account, account_stream(workspace))

    def get(self, workspace: str) -> Account:
        """Raises NotSubscribed for a workspace that was never heard of."""
        account = self.find(workspace)
        if account is None:
            raise NotSubscribed(workspace=workspace)
        return account

    def load(self, workspace: str) -> Loaded:
        """For a command; a workspace that was never heard of gets a new account."""
        rows = self._database.rows("SELECT seen FROM accounts WHERE workspace = %s", (workspace,))
        account = self.find(workspace)
        if account is None:
            return Loaded(Account.open(workspace, self._clock()), 0)
        texts = rows[0]["seen"] if rows else {}
        seen = {key: datetime.fromisoformat(text) for key, text in texts.items()}
        return Loaded(account, account.version, seen)

    def save(self, loaded: Loaded, cause: Cause, observed: Observed | None = None) -> None:
        """Events, the next check and the snapshot's time at once, or RecordConflictError when
        somebody else recorded an event, or saw later what this command decided on. An account of
        which nothing is known but its name is not kept."""
        account = loaded.account

        def keep(cursor: Cursor) -> None:
            _keep(cursor, loaded, observed, next_check(account, self._clock()))

        if loaded.version == 0 and account.version == 1:
            return
        if loaded.has_news:
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
        self._database.execute(
            "UPDATE accounts SET attempts = attempts + 1, next_check_at = %s + "
            "least(interval '30 seconds' * power(2, least(attempts, 10)), interval '6 hours') "
            "WHERE workspace = %s",
            (at, workspace),
        )


def _keep(
    cursor: Cursor, loaded: Loaded, observed: Observed | None, next_at: datetime | None
) -> None:
    account = loaded.account
    facts: Mapping[str, object] = {
        "workspace": account.workspace,
        "loaded": loaded.version,
        "version": account.version,
        "seen": Jsonb({observed.key: rfc3339(observed.at)} if observed is not None else {}),
        "key": observed.key if observed is not None else "",
        "at": observed.at if observed is not None else None,
        "next": next_at,
    }
    if cursor.execute(KEEP.encode(), facts).fetchone() is None:
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
