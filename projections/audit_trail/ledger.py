"""The ledger as it stands at one instant, for who reads much of it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from heapq import merge

from projections.audit_trail.chain import Chain, Checkpoint
from projections.audit_trail.projector import SERVICES, read_chain
from projections.audit_trail.statements import SQL
from projections.audit_trail.workspace_map import WorkspaceMap, map_of
from runtime.postgres.database import Cursor, Database, Row

BATCH = 5_000


class Ledger:
    """Reads in one snapshot: what is recorded meanwhile is not seen."""

    def __init__(self, cursor: Cursor) -> None:
        self._cursor = cursor

    def count(self, workspace: str) -> int:
        return int(self._rows("count_workspace", workspace=workspace)[0]["events"])

    def workspaces(self) -> list[str]:
        """All that have events, in order."""
        return [row["workspace"] for row in self._rows("workspaces")]

    def plans(self) -> list[str]:
        """The slugs of all that were ever created, in order."""
        return [row["key"] for row in self._rows("keys", type="billing.PlanCreated.v1")]

    def meters(self) -> list[str]:
        """The slugs of all that were ever declared, in order."""
        return [row["key"] for row in self._rows("keys", type="metering.MeterDeclared.v1")]

    def of_workspace(self, service: str, workspace: str) -> Iterator[list[Row]]:
        """In the order of the service's log, in batches."""
        after = 0
        while rows := self._rows(
            "workspace_batch", service=service, workspace=workspace, after=after, rows=BATCH
        ):
            yield rows
            after = rows[-1]["sequence"]

    def checkpoints(self, service: str) -> Iterator[tuple[Checkpoint, bytes]]:
        for row in self._rows("all_checkpoints", service=service):
            yield Checkpoint.of(row), bytes(row["signature"])

    def chain(self, service: str) -> Chain:
        return read_chain(self._cursor, service)

    def workspace_map(self, service: str, upto: int) -> WorkspaceMap:
        return map_of(self._cursor, service, upto)

    def digests(self, checkpoint: Checkpoint) -> list[Row]:
        """Digest and time of recording of each event that the checkpoint covers."""
        return self._rows(
            "digests",
            service=checkpoint.service,
            first=checkpoint.first_sequence,
            last=checkpoint.last_sequence,
        )

    def length(self) -> int:
        """Events of all services."""
        return sum(self.chain(service).events for service in SERVICES)

    def merged(self, types: Sequence[str]) -> Iterator[Row]:
        """Events of these types, of all services, in the order of recording: what they say of
        plans and months, without the rest."""
        logs = (self._facts(service, types) for service in SERVICES)
        return merge(*logs, key=lambda row: (row["recorded_at"], row["service"], row["sequence"]))

    def _facts(self, service: str, types: Sequence[str]) -> Iterator[Row]:
        own, after = [name for name in types if name.startswith(f"{service}.")], 0
        while own and (
            rows := self._rows("facts", service=service, types=own, after=after, rows=BATCH)
        ):
            yield from rows
            after = rows[-1]["sequence"]

    def _rows(self, query: str, **values: object) -> list[Row]:
        return self._cursor.execute(SQL[query], values).fetchall()


@contextmanager
def open_ledger(database: Database) -> Iterator[Ledger]:
    with database.transaction(commit=False) as cursor:
        cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        yield Ledger(cursor)
