"""Commands that are stored in rows of their own, and the statements that commit a group."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Generic, Protocol, TypeVar

from runtime.postgres import binary_arrays
from runtime.postgres.pipelined_connection import PipelinedConnection, Row
from services.metering.application.accounts import queue as accounts
from services.metering.application.blocks import queue as blocks
from services.metering.application.commands import ChangeHold, Figures, RecordUsage
from services.metering.application.commit_group import HoldGroup, UsageGroup
from services.metering.application.group_of_commands import take
from services.metering.application.known_ids import known_ids

APPEND_USAGE = "SELECT * FROM metering_events_append_usage({})"
APPEND_HOLDS = "SELECT * FROM metering_events_append_holds({})"
STATEMENTS = {
    **blocks.STATEMENTS,
    **known_ids.STATEMENTS,
    **accounts.STATEMENTS,
    "append_usage": APPEND_USAGE.format(", ".join(f"${n}" for n in range(1, 11))),
    "append_holds": APPEND_HOLDS.format(", ".join(f"${n}" for n in range(1, 12))),
    # What an attempt recorded whose acknowledgement was lost: the same ids with our own state,
    # behind the last position that was acknowledged.
    "recorded": """
        SELECT string_agg(uuid_send(e.originator_id), '')
          FROM unnest($1::uuid[], $2::bytea[]) AS g(id, state)
          JOIN metering_events e ON e.originator_id = g.id
         WHERE e.state IN (g.state, metering_late(g.state)) AND e.notification_id > $3::bigint
    """,
}
SETTINGS = {"enable_seqscan": "off", "plan_cache_mode": "force_generic_plan", "jit": "off"}


Command = TypeVar("Command", RecordUsage, ChangeHold)


class Group(Protocol):
    def parameters(self) -> list[bytes | None]: ...
    def read(self, row: Row) -> Figures: ...


class CommitQueue(Generic[Command]):
    """Commands of one kind, in the order they came, and the statement that commits a group."""

    def __init__(
        self,
        statement: str,
        group: Callable[[Sequence[Command], datetime], Group],
        stored: Callable[[Command], tuple[Sequence[bytes], Sequence[bytes]]],
        *,
        distinct: bool,
    ) -> None:
        self.queue: deque[Command] = deque()
        self._statement = statement
        self._group: Callable[[Sequence[Command], datetime], Group] = group
        self._stored: Callable[[Command], tuple[Sequence[bytes], Sequence[bytes]]] = stored
        self._distinct = distinct
        self._head = 0

    def take(self) -> list[Command]:
        return take(self.queue, self._ids if self._distinct else None)

    def _ids(self, command: Command) -> Sequence[bytes]:
        return self._stored(command)[0]

    async def commit(
        self, connection: PipelinedConnection, commands: Sequence[Command], present: datetime
    ) -> Figures:
        """Answers every command; returns what changed. Raises ConnectionLost."""
        group = self._group(commands, present)
        [row] = await connection.run(self._statement, group.parameters())
        figures = group.read(row)
        self._head = figures.head
        return figures

    async def recover(self, connection: PipelinedConnection, commands: Sequence[Command]) -> None:
        """Finds out which commands the lost attempt had committed, so that who sent them is told
        `inserted` and not `duplicate` when the group is sent again."""
        stored = [self._stored(command) for command in commands]
        parameters: list[bytes | None] = [
            binary_arrays.uuid_array([i for ids, _ in stored for i in ids]),
            binary_arrays.bytea_array([state for _, states in stored for state in states]),
            binary_arrays.int8(self._head),
        ]
        [[ours]] = await connection.run("recorded", parameters)
        recorded = frozenset(binary_arrays.read_uuids(ours))
        for command, (ids, _) in zip(commands, stored, strict=True):
            command.recovered |= recorded.intersection(ids)


def usage_queue() -> CommitQueue[RecordUsage]:
    return CommitQueue(
        "append_usage",
        UsageGroup,
        lambda command: (command.ids, command.states),
        distinct=True,
    )


def hold_queue() -> CommitQueue[ChangeHold]:
    return CommitQueue(
        "append_holds",
        HoldGroup,
        lambda command: ((command.stream,), (command.state,)),
        distinct=False,
    )
