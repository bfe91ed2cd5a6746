"""Where the ledger is not what heads that were signed say."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from projections.audit_trail.findings import Finding
from projections.audit_trail.heads import Head
from projections.audit_trail.kept_heads import KeptHeads
from projections.audit_trail.statements import SQL
from projections.audit_trail.tree_check import TreeCheck
from runtime.postgres.database import Database


@dataclass(frozen=True, slots=True)
class Contradictions:
    database: Database
    kept: KeptHeads

    def of(self, heads: Iterable[Head]) -> list[Finding]:
        """One finding for each service that contradicts one of these heads."""
        by_service: dict[str, list[Head]] = {}
        for head in heads:
            by_service.setdefault(head.service, []).append(head)
        found = (self._of_service(name, wanted) for name, wanted in by_service.items())
        return [each for each in found if each is not None]

    def _of_service(self, service: str, heads: Sequence[Head]) -> Finding | None:
        agreed = 0
        for head in sorted(heads, key=lambda each: each.events):
            if not self._agrees(head):
                return self._located(service, agreed, head)
            agreed = head.events
        return self._of_tree(service, [head for head in heads if head.root])

    def _of_tree(self, service: str, heads: Sequence[Head]) -> Finding | None:
        check = TreeCheck(self.database, service)
        newest = max(heads, key=lambda head: head.events, default=None)
        if newest is None or check.stands_for(newest):
            return None
        sequence = check.first_difference(newest.events) or newest.sequence
        detail = f"the tree of the log is not what {newest.told} stands for"
        return Finding(service, sequence, "tree_altered", detail)

    def _located(self, service: str, agreed: int, head: Head) -> Finding:
        """Between two heads; at the event itself, while the tree is the one that was signed."""
        between = sorted(
            self.kept.since_reseal(service, agreed, head.events), key=lambda each: each.events
        )
        place = bisect_left(between, 1, key=lambda each: not self._agrees(each))
        head = between[place] if place < len(between) else head
        check = TreeCheck(self.database, service)
        sequence = check.first_difference(head.events) if check.stands_for(head) else None
        if sequence is None:
            last = between[place - 1].sequence if place else agreed
            where = f"lies behind {service}:{last} and not behind {service}:{head.sequence}"
        else:
            where = f"is at {service}:{sequence}"
        detail = f"history is not what {head.told} stands for: the first difference {where}"
        return Finding(service, sequence or head.sequence, "head_contradicted", detail)

    def _agrees(self, head: Head) -> bool:
        if head.events == 0:
            return True
        rows = self.database.rows(
            SQL["hash_at"], {"service": head.service, "sequence": head.sequence}
        )
        return bool(rows) and bytes(rows[0]["hash"]) == head.chain
