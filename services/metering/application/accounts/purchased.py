"""Credits that were bought: granted when they are paid, taken back as far as they are unspent when
the money goes back, and given again when it stays after all.

Each step waits in a table, written with the position of the consumer that heard of it. The steps of
a workspace are made one after the other; each may be made twice.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import Any, Literal

from kernel.cause import Cause
from kernel.errors import Unavailable
from runtime.postgres.database import Cursor, Database, Jsonb, Row
from runtime.process.failed_items import FailedItems, not_put_off
from services.metering.application.accounts.command import AccountAnswer
from services.metering.application.accounts.credited import Credits, record_of
from services.metering.domain.accounts.grants import NewGrant

WORK = "metering.purchased_credits"
SOURCE = "purchase"
AT_ONCE = 100
Step = Literal["grant", "revoke", "restore"]
_NOTE = """
INSERT INTO metering_purchased_credits (sequence, workspace, purchase, step, grants, reason)
VALUES (%s, %s, %s, %s, %s, %s) ON CONFLICT (sequence) DO NOTHING
"""
_DUE = f"""
SELECT sequence, workspace, purchase, step, grants, reason FROM metering_purchased_credits AS due
 WHERE NOT done AND (%(workspace)s = '' OR workspace = %(workspace)s)
   AND {not_put_off("due.workspace", "%(work)s")}
 ORDER BY sequence LIMIT %(limit)s
"""
_DONE = "UPDATE metering_purchased_credits SET done = true WHERE sequence = %s"
_LAST = """
SELECT step FROM metering_purchased_credits
 WHERE workspace = %s AND purchase = %s AND sequence < %s ORDER BY sequence DESC LIMIT 1
"""
# Those of a purchase, the youngest last: the first has its id, others that of what restored them.
_OF_PURCHASE = """
SELECT id, ended, priority, expires_at FROM metering_grants
 WHERE workspace = %s AND meter = %s AND source = 'purchase'
   AND (id = %s OR starts_with(id, %s)) ORDER BY number
"""


@dataclass(frozen=True, slots=True)
class PurchaseStep:
    """`grants`: `meter`, `amount`, `expires_at`."""

    sequence: int
    workspace: str
    purchase: str
    step: Step
    grants: Sequence[Mapping[str, Any]]
    reason: str = ""

    def write(self, cursor: Cursor) -> None:
        grants = Jsonb(list(self.grants))
        facts = (self.sequence, self.workspace, self.purchase, self.step, grants, self.reason)
        cursor.execute(_NOTE, facts)


class PurchasedCredits:
    def __init__(self, database: Database, credited: Credits) -> None:
        self._database = database
        self._credits = credited
        self._failed = FailedItems(database)
        self._loop: asyncio.AbstractEventLoop | None = None

    def open(self) -> None:
        self._loop = asyncio.get_running_loop()

    def close(self) -> None:
        self._loop = None

    def sweep(self) -> int:
        """From a worker's thread; how many steps were due. Does nothing while no event loop
        serves."""
        if self._loop is None:
            return 0
        due = self._due()
        asyncio.run_coroutine_threadsafe(self._make_all(due), self._loop).result(60)
        return len(due)

    async def settle(self, workspace: str) -> None:
        """What is due of one workspace, before it is shown."""
        await self._make_all(await asyncio.to_thread(self._due, workspace))

    def _due(self, workspace: str = "") -> Sequence[Row]:
        facts = {"workspace": workspace, "work": WORK, "limit": AT_ONCE}
        return self._database.rows(_DUE, facts)

    async def _make_all(self, due: Sequence[Row]) -> None:
        by_workspace = sorted(due, key=lambda row: (row["workspace"], row["sequence"]))
        groups = groupby(by_workspace, key=lambda row: str(row["workspace"]))
        await asyncio.gather(*(self._make_each(key, list(rows)) for key, rows in groups))

    async def _make_each(self, workspace: str, steps: Sequence[Row]) -> None:
        """One that fails keeps those of its own workspace waiting, nobody else's."""
        try:
            for step in steps:
                await self._make(step)
                await asyncio.to_thread(self._database.execute, _DONE, (step["sequence"],))
        except Unavailable:
            raise
        except Exception as error:
            await asyncio.to_thread(self._failed.note, WORK, workspace, error)
        else:
            await asyncio.to_thread(self._failed.forget, WORK, workspace)

    async def _make(self, step: Row) -> None:
        cause = Cause("policy:purchased_credits", causation_id=f"addons:{step['sequence']}")
        workspace, purchase = str(step["workspace"]), str(step["purchase"])
        match step["step"]:
            case "grant":
                for each in step["grants"]:
                    new = NewGrant(purchase, each["amount"], SOURCE, expires_at=_end(each))
                    await self._credits.grant(workspace, each["meter"], new, cause)
            case "revoke":
                for each in step["grants"]:
                    await self._revoke(step, each["meter"], cause)
            case "restore" if await asyncio.to_thread(self._was_revoked, step):
                for each in step["grants"]:
                    await self._restore(step, each["meter"], cause)

    async def _revoke(self, step: Row, meter: str, cause: Cause) -> None:
        for row in await asyncio.to_thread(self._granted, step, meter):
            if row["ended"] is None:
                facts = (step["workspace"], meter, row["id"], step["reason"], cause)
                await self._credits.end(*facts)

    async def _restore(self, step: Row, meter: str, cause: Cause) -> None:
        """What was taken back of the youngest, under a name of the step's own."""
        workspace = step["workspace"]
        granted = await asyncio.to_thread(self._granted, step, meter)
        if not granted or granted[-1]["ended"] != "revoked":
            return
        last = granted[-1]
        answer: AccountAnswer = await self._credits.find(workspace, meter, last["id"])
        left = record_of(answer).left
        if left:
            name = f"{step['purchase']}:{step['sequence']}"
            facts = (name, left, SOURCE, last["priority"], last["expires_at"])
            await self._credits.grant(workspace, meter, NewGrant(*facts), cause)

    def _granted(self, step: Row, meter: str) -> Sequence[Row]:
        """Before this step: when it is made once more, later ones may have been made."""
        purchase = step["purchase"]
        facts = (step["workspace"], meter, purchase, f"{purchase}:")
        rows = self._database.rows(_OF_PURCHASE, facts)
        return [row for row in rows if _restored_by(row["id"]) < step["sequence"]]

    def _was_revoked(self, step: Row) -> bool:
        """By this purchase, not by somebody."""
        facts = (step["workspace"], step["purchase"], step["sequence"])
        rows = self._database.rows(_LAST, facts)
        return bool(rows) and rows[0]["step"] == "revoke"


def _restored_by(grant_id: str) -> int:
    """The step's sequence; 0 for what was granted first."""
    return int(grant_id.partition(":")[2] or 0)


def _end(grant: Mapping[str, Any]) -> datetime | None:
    return datetime.fromisoformat(grant["expires_at"]) if grant["expires_at"] else None
