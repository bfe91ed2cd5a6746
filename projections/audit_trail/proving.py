"""Proofs out of a log's tree, for who keeps heads and has no access to the events."""

from __future__ import annotations

from typing import Any

from kernel.errors import NotFound
from projections.audit_trail.log_tree import LogTree
from projections.audit_trail.proofs import consistency, inclusion
from runtime.postgres.database import Database


def prove_growth(database: Database, service: str, first: int, second: int) -> dict[str, Any]:
    """That the log of `second` events begins with that of `first`. Raises NotFound for a size that
    the tree has not reached."""
    with database.transaction(commit=False) as cursor:
        tree = _reaching(LogTree.of(cursor, service), second)
        if first > second:
            raise NotFound("The first size lies behind the second.")
        proof = consistency(first, second, tree.subtree)
        return {
            "service": service,
            "first": first,
            "second": second,
            "first_root": tree.root(first).hex(),
            "second_root": tree.root(second).hex(),
            "proof": [each.hex() for each in proof],
        }


def prove_event(
    database: Database, service: str, sequence: int, size: int | None
) -> dict[str, Any]:
    """That an event is in the log of `size` events; None: of all there are. Raises NotFound where
    it is not."""
    with database.transaction(commit=False) as cursor:
        tree = LogTree.of(cursor, service)
        wanted = tree.size if size is None else size
        _reaching(tree, wanted)
        found = tree.find(sequence)
        if found is None or found.index >= wanted:
            raise NotFound("The log of this size has no such event.")
        return {
            "event": f"{service}:{sequence}",
            "index": found.index,
            "leaf": found.leaf.hex(),
            "size": wanted,
            "root": tree.root(wanted).hex(),
            "proof": [each.hex() for each in inclusion(found.index, wanted, tree.subtree)],
        }


def _reaching(tree: LogTree, size: int) -> LogTree:
    if size > tree.size:
        raise NotFound("The log has not been signed at this size.")
    return tree
