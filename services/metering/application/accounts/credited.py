"""Credits of declared meters: granted, revoked, shown."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import cast

from kernel.cause import Cause
from runtime.postgres.database import Row
from services.metering.application.accounts.command import AccountAnswer
from services.metering.application.accounts.desk import NOBODY, Desk
from services.metering.application.recorder import UsageStore
from services.metering.domain.accounts import grants, ledger
from services.metering.domain.accounts.account import Account
from services.metering.domain.accounts.events import AccountEvent
from services.metering.domain.accounts.grants import NewGrant
from services.metering.domain.accounts.records import GrantRecord
from services.metering.domain.errors import GrantNotFound

_METERS = "SELECT meter FROM metering_grants WHERE workspace = %s AND id = %s ORDER BY meter"
_GRANTS = """
SELECT id, amount, priority, expires_at, source, ended FROM metering_grants
 WHERE workspace = %s AND meter = %s ORDER BY number DESC LIMIT %s
"""
_LEDGER = """
SELECT position FROM metering_ledger
 WHERE workspace = %s AND position < %s ORDER BY position DESC LIMIT %s
"""
SHOWN_GRANTS = 500


@dataclass(frozen=True, slots=True)
class Entry:
    """A line of the ledger: an event, and what it moved between which balances."""

    position: int
    event: AccountEvent
    postings: Sequence[ledger.Posting]


@dataclass(frozen=True, slots=True)
class Balance:
    """The grants, youngest first, with the account at the same moment."""

    account: Account
    grants: Sequence[Row]


class Credits:
    def __init__(self, desk: Desk, store: UsageStore) -> None:
        self._desk = desk
        self._store = store

    def clock(self) -> datetime:
        return self._desk.clock()

    async def grant(self, workspace: str, meter: str, new: NewGrant, cause: Cause) -> AccountAnswer:
        now = self._desk.clock()
        command = self._desk.of_grant(
            workspace,
            meter,
            new.id,
            lambda account, record: grants.grant(account, record, new, now),
            cause,
        )
        return await self._desk.ask(command)

    async def revoke(
        self, workspace: str, grant_id: str, reason: str, cause: Cause
    ) -> list[AccountAnswer]:
        """In every meter that credits were granted of under this id. Raises GrantNotFound."""
        rows = await asyncio.to_thread(self._store.database.rows, _METERS, (workspace, grant_id))
        if not rows:
            raise GrantNotFound
        ending = (self.end(workspace, row["meter"], grant_id, reason, cause) for row in rows)
        return list(await asyncio.gather(*ending))

    async def end(
        self, workspace: str, meter: str, grant_id: str, reason: str, cause: Cause
    ) -> AccountAnswer:
        """Takes back what is neither spent nor held of one meter's. Raises GrantNotFound."""
        now = self._desk.clock()
        command = self._desk.of_grant(
            workspace,
            meter,
            grant_id,
            lambda account, record: grants.revoke(account, record, reason, now),
            cause,
        )
        return await self._desk.ask(command)

    async def find(self, workspace: str, meter: str, grant_id: str) -> AccountAnswer:
        command = self._desk.of_grant(workspace, meter, grant_id, lambda _, __: (), NOBODY)
        return await self._desk.ask(command)

    async def expire(
        self, workspace: str, meter: str, grant_id: str, cause: Cause
    ) -> AccountAnswer:
        now = self._desk.clock()
        command = self._desk.of_grant(
            workspace,
            meter,
            grant_id,
            lambda account, record: grants.expire(account, record, now),
            cause,
        )
        return await self._desk.ask(command)

    async def balances(self, workspace: str) -> list[Balance]:
        """Of every declared meter."""
        answers = await asyncio.gather(
            *(self._desk.look(workspace, meter.slug) for meter in self._desk.meters())
        )
        return [
            Balance(answer.account, await asyncio.to_thread(self._grants, answer.account))
            for answer in answers
        ]

    async def ledger(self, workspace: str, before: int, limit: int) -> list[Entry]:
        """Youngest first, of positions below `before`."""
        return await asyncio.to_thread(self._entries, workspace, before, limit)

    def _grants(self, account: Account) -> Sequence[Row]:
        facts = (account.workspace, account.meter, SHOWN_GRANTS)
        return self._store.database.rows(_GRANTS, facts)

    def _entries(self, workspace: str, before: int, limit: int) -> list[Entry]:
        rows = self._store.database.rows(_LEDGER, (workspace, before, limit))
        found = self._store.at([row["position"] for row in rows])
        decoded = [
            (each.sequence, cast("AccountEvent", self._store.decode(each)))
            for each in reversed(found)
        ]
        return [Entry(position, event, ledger.postings(event)) for position, event in decoded]


def record_of(answer: AccountAnswer) -> GrantRecord:
    return cast("GrantRecord", answer.record)
