"""What the log's tree, the ledger and signed heads say of each other."""

from __future__ import annotations

from collections.abc import Iterable

from projections.audit_trail.findings import Finding
from projections.audit_trail.heads import Head
from projections.audit_trail.log_tree import BEFORE_ALL, LogTree, Planted
from projections.audit_trail.merkle import leaf
from projections.audit_trail.statements import SQL
from projections.audit_trail.workspace_map import map_of
from runtime.postgres.database import Database, Row


class TreeCheck:
    """Of one service's log."""

    def __init__(self, database: Database, service: str) -> None:
        self._database = database
        self._service = service

    def stands_for(self, head: Head) -> bool:
        """Whether the tree is the one that was signed, as far as it reaches."""
        with self._database.transaction(commit=False) as cursor:
            tree = LogTree.of(cursor, self._service)
            return tree.size < head.events or tree.root(head.events) == head.root

    def first_difference(self, size: int | None = None) -> int | None:
        """The first position of the log where the ledger is not what the tree has grown over;
        within its first `size` leaves."""
        with self._database.transaction(commit=False) as cursor:
            after = BEFORE_ALL
            for planted in LogTree.of(cursor, self._service).leaves(0):
                expected = planted[: None if size is None else max(0, size - planted[0].index)]
                if not expected:
                    return None
                bounds = {"service": self._service, "after": after, "upto": expected[-1].sequence}
                found = cursor.execute(SQL["recorded_digests"], bounds).fetchall()
                different = _first_difference(expected, found)
                if different is not None:
                    return different
                after = expected[-1].sequence
        return None

    def other_workspaces(self, head: Head) -> list[Finding]:
        """Where the ledger gives its events to other workspaces than the head says."""
        with self._database.transaction(commit=False) as cursor:
            if map_of(cursor, self._service, head.sequence).root == head.workspaces:
                return []
        detail = f"workspaces have other events than {head.told} stands for"
        return [Finding(self._service, head.sequence, "workspaces_contradicted", detail)]

    def altered(self) -> list[Finding]:
        """Where tree and ledger tell of different events although the heads agree with the ledger:
        somebody changed the tree."""
        sequence = self.first_difference()
        detail = "the tree of the log has grown over another event than the ledger holds"
        return (
            [] if sequence is None else [Finding(self._service, sequence, "tree_altered", detail)]
        )


def _first_difference(expected: Iterable[Planted], found: Iterable[Row]) -> int | None:
    wanted = {each.sequence: each.leaf for each in expected}
    recorded = {row["sequence"]: leaf(bytes(row["digest"]), row["recorded_at"]) for row in found}
    different = (
        sequence
        for sequence in sorted({*wanted, *recorded})
        if wanted.get(sequence) != recorded.get(sequence)
    )
    return next(different, None)
