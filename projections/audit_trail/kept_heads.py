"""The heads that were signed, wherever they are kept."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from projections.audit_trail.chain import Signer
from projections.audit_trail.heads import Head, SignedHead
from projections.audit_trail.statements import SQL
from projections.audit_trail.witness import Witness
from runtime.postgres.database import Database, Row


@dataclass(frozen=True, slots=True)
class KeptHeads:
    """In the database, and by the witness. What is not signed by us is none."""

    database: Database
    signer: Signer
    witness: Witness | None

    def last(self) -> Mapping[str, SignedHead]:
        """The newest of each service."""
        newest: dict[str, SignedHead] = {}
        kept = map(signed_of, self.database.rows(SQL["last_heads"]))
        witnessed = self.witness.last().values() if self.witness else ()
        for each in (*kept, *witnessed):
            if each.holds(self.signer) and each.is_newer_than(newest.get(each.head.service)):
                newest[each.head.service] = each
        return newest

    def reseals(self) -> Sequence[Head]:
        """Oldest first."""
        found = {
            (each.head.service, each.head.at): each
            for each in map(signed_of, self.database.rows(SQL["reseals"]))
        }
        if self.witness is not None:
            self.witness.last()
            found |= self.witness.reseals
        ours = [each.head for each in found.values() if each.holds(self.signer)]
        return sorted(ours, key=lambda head: (head.at is not None, head.at, head.service))

    def since_reseal(self, service: str, above: int, below: int) -> list[Head]:
        """What the service's history has to agree with, of more than `above` and less than `below`
        events."""
        bounds = {"service": service, "above": above, "below": below}
        kept = map(signed_of, self.database.rows(SQL["heads_between"], bounds))
        witnessed = self.witness.all() if self.witness else ()
        sealed = [head.at for head in self.reseals() if head.service == service and head.at]
        begun = max(sealed, default=None)
        return [
            each.head
            for each in (*kept, *witnessed)
            if each.head.service == service
            and above < each.head.events < below
            and (begun is None or (each.head.at and each.head.at >= begun))
            and each.holds(self.signer)
        ]


def row_of(signed: SignedHead) -> Row:
    facts = {name: getattr(signed.head, name) for name in signed.head.__dataclass_fields__}
    return {**facts, "key_id": signed.key_id, "signature": signed.signature}


def signed_of(row: Row) -> SignedHead:
    facts = {name: row[name] for name in Head.__dataclass_fields__}
    return SignedHead(Head(**facts), row["key_id"], bytes(row["signature"]))
