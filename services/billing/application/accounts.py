"""Where accounts are kept: their events, and what finds them again."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from eventsourcing.persistence import RecordConflictError

from kernel.cause import Cause
from kernel.clock import Clock, rfc3339
from kernel.events import DomainEvent
from runtime.eventstore.recorder import Within
from runtime.eventstore.store import EventStore, retry_conflicts
from runtime.eventstore.stream import Change, Stream
from runtime.postgres.database import Cursor, Jsonb
from services.billing.application.redemptions import redemptions
from services.billing.domain.account.evolution import ACCOUNT, evolve
from services.billing.domain.account.open_account import decide_open_account
from services.billing.domain.account.schedule import next_check
from services.billing.domain.account.state import Account, account_stream
from services.billing.domain.errors import NotSubscribed

Decide = Callable[[Account], Sequence[DomainEvent]]
REDEEMING_ATTEMPTS = 40

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


@dataclass(frozen=True, slots=True)
class LoadedAccount:
    """`account` is what `events` make of the `stored` one. `seen`: when the latest applied
    snapshot of each subscription was taken, also of those that made no event."""

    stored: Stream[Account]
    account: Account
    events: Sequence[DomainEvent] = ()
    seen: Mapping[str, datetime] = field(default_factory=dict)

    @property
    def version(self) -> int:
        return self.stored.version + len(self.events)

    def decided(self, events: Sequence[DomainEvent]) -> LoadedAccount:
        account = ACCOUNT.fold(self.account, events)
        return replace(self, account=account, events=[*self.events, *events])


class Accounts:
    def __init__(self, store: EventStore, clock: Clock) -> None:
        self.store = store
        self._database = store.database
        self._clock = clock

    def find(self, workspace: str) -> Account | None:
        return self.store.load(ACCOUNT, account_stream(workspace)).state

    def get(self, workspace: str) -> Account:
        """Raises NotSubscribed for a workspace that was never heard of."""
        account = self.find(workspace)
        if account is None:
            raise NotSubscribed(workspace=workspace)
        return account

    def load(self, workspace: str) -> LoadedAccount:
        """For a command; a workspace that was never heard of gets a new account."""
        rows = self._database.rows("SELECT seen FROM accounts WHERE workspace = %s", (workspace,))
        stored = self.store.load(ACCOUNT, account_stream(workspace))
        if stored.state is None:
            [opened] = decide_open_account(workspace, self._clock())
            return LoadedAccount(stored, evolve(None, opened), [opened])
        texts = rows[0]["seen"] if rows else {}
        seen = {key: datetime.fromisoformat(text) for key, text in texts.items()}
        return LoadedAccount(stored, stored.state, seen=seen)

    @retry_conflicts
    def record(self, workspace: str, decide: Decide, cause: Cause) -> Account:
        """`decide` may run again on fresher state."""
        loaded = self.load(workspace)
        decided = loaded.decided(decide(loaded.account))
        self.save(decided, cause)
        return decided.account

    def save(self, loaded: LoadedAccount, cause: Cause, observed: Observed | None = None) -> None:
        """Events, the next check and the snapshot's time at once, or RecordConflictError when
        somebody else recorded an event, or saw later what this command decided on. An account of
        which nothing is known but its name is not kept."""

        def keep(cursor: Cursor) -> None:
            _keep(cursor, loaded, observed, next_check(loaded.account, self._clock()))

        if loaded.stored.version == 0 and loaded.version == 1:
            return
        if loaded.events:
            self._append(loaded, cause, keep)
        else:
            with self._database.transaction(commit=True) as cursor:
                keep(cursor)

    def _append(self, loaded: LoadedAccount, cause: Cause, keep: Within) -> None:
        """A popular code is redeemed by many at once: that alone is tried again here, as long as
        the account is as it was."""
        changed = Change(loaded.stored, loaded.events)
        for attempt in range(1, REDEEMING_ATTEMPTS + 1):
            redeemed = redemptions(self.store, loaded.stored.state, loaded.account, self._clock())
            try:
                self.store.append(changed, *redeemed, cause=cause, within=keep)
            except RecordConflictError:
                if attempt == REDEEMING_ATTEMPTS or not redeemed or self._is_behind(loaded):
                    raise
                time.sleep(secrets.randbelow(20) / 1000)
            else:
                return

    def _is_behind(self, loaded: LoadedAccount) -> bool:
        stored = loaded.stored
        return self.store.load(ACCOUNT, stored.name).version != stored.version

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
    cursor: Cursor, loaded: LoadedAccount, observed: Observed | None, next_at: datetime | None
) -> None:
    account = loaded.account
    facts: Mapping[str, object] = {
        "workspace": account.workspace,
        "loaded": loaded.stored.version,
        "version": loaded.version,
        "seen": Jsonb({observed.key: rfc3339(observed.at)} if observed is not None else {}),
        "key": observed.key if observed is not None else "",
        "at": observed.at if observed is not None else None,
        "next": next_at,
    }
    if cursor.execute(KEEP.encode(), facts).fetchone() is None:
        raise RecordConflictError(account.workspace)
    known = set(references(loaded.stored.state)) if loaded.stored.state is not None else set()
    for gateway, ref in set(references(account)) - known:
        cursor.execute(
            "INSERT INTO gateway_objects (gateway, ref, workspace) VALUES (%s, %s, %s) "
            "ON CONFLICT DO NOTHING",
            (gateway, ref, account.workspace),
        )


def references(account: Account) -> Iterator[tuple[str, str]]:
    """What gateways know it by."""
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
