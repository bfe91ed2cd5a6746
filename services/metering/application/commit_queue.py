"""The statements that commit a group, and the queues of commands that wait for one."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Generic, Protocol, TypeVar

from runtime.postgres.pipelined_connection import Row
from services.metering.application.commands import ChangeHold, Figures, RecordUsage
from services.metering.application.commit_group import HoldGroup, UsageGroup

LARGEST_GROUP = 8_000

APPEND_USAGE = "SELECT * FROM metering_events_append_usage({})"
APPEND_HOLDS = "SELECT * FROM metering_events_append_holds({})"
STATEMENTS = {
    "append_usage": APPEND_USAGE.format(", ".join(f"${n}" for n in range(1, 14))),
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
        self.statement = statement
        self.group: Callable[[Sequence[Command], datetime], Group] = group
        self.stored: Callable[[Command], tuple[Sequence[bytes], Sequence[bytes]]] = stored
        self.queue: deque[Command] = deque()
        self._distinct = distinct

    def take(self) -> list[Command]:
        """The next group. With `distinct` it ends before an id that it already holds."""
        taken: list[Command] = []
        seen: set[bytes] = set()
        size = 0
        while self.queue and size < LARGEST_GROUP:
            command = self.queue[0]
            if self._distinct:
                ids = self.stored(command)[0]
                if taken and not seen.isdisjoint(ids):
                    break
                seen.update(ids)
            taken.append(self.queue.popleft())
            size += len(command)
        return taken


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
