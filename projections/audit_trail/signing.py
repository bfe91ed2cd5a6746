"""Signs the heads of the ledger, and refuses a past that differs from one that it has signed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import structlog
from prometheus_client import Gauge

from kernel.clock import Clock
from projections.audit_trail.chain import Chain, Signer
from projections.audit_trail.findings import Finding
from projections.audit_trail.heads import Head, SignedHead
from projections.audit_trail.projector import SERVICES
from projections.audit_trail.statements import SQL
from projections.audit_trail.witness import WitnessFile
from runtime.postgres.database import Database, Row

log = structlog.get_logger()
# The work looks this often; a head is made where events came since the last one.
SIGN_SECONDS = 30.0
CONTRADICTED = Gauge(
    "audit_heads_contradicted", "Logs whose history differs from a head that was signed."
)


@dataclass(frozen=True, slots=True)
class Heads:
    """Heads are kept in the database, where a head that was signed is never changed, and by the
    `witness`, where there is one: what the database has lost, the witness still tells."""

    database: Database
    signer: Signer
    clock: Clock
    witness: WitnessFile | None = None

    def sign_due(self) -> Sequence[SignedHead]:
        """New heads of the services whose ledger has grown. A service whose ledger contradicts a
        head gets none."""
        known = self.last()
        bad = self._contradictions(known)
        CONTRADICTED.set(len(bad))
        for finding in bad.values():
            log.error("audit_head_refused", service=finding.service, reason=finding.detail)
        return self._sign([self._new(s, known.get(s)) for s in SERVICES if s not in bad])

    def reseal(self, reason: str) -> Sequence[SignedHead]:
        """Heads of the services whose history contradicts what was signed: from here on it counts
        as it is. What was signed before stays, and every verification tells of this."""
        bad = self._contradictions(self.last())
        return self._sign([self._new(service, None, reason) for service in bad])

    def reseals(self) -> Sequence[Head]:
        """Oldest first, wherever they are kept."""
        found = {
            (each.head.service, each.head.at): each
            for each in map(_signed, self.database.rows(SQL["reseals"]))
        }
        if self.witness is not None:
            self.witness.last()
            found |= self.witness.reseals
        ours = [each.head for each in found.values() if each.holds(self.signer)]
        return sorted(ours, key=lambda head: (head.at is not None, head.at, head.service))

    def last(self) -> Mapping[str, SignedHead]:
        """The newest head of each service that is signed by us, wherever it is kept."""
        newest: dict[str, SignedHead] = {}
        kept = map(_signed, self.database.rows(SQL["last_heads"]))
        witnessed = self.witness.last().values() if self.witness else ()
        for each in (*kept, *witnessed):
            if each.holds(self.signer) and each.is_newer_than(newest.get(each.head.service)):
                newest[each.head.service] = each
        return newest

    def _contradictions(self, known: Mapping[str, SignedHead]) -> Mapping[str, Finding]:
        found = self.contradicted(each.head for each in known.values())
        return {finding.service: finding for finding in found}

    def contradicted(self, heads: Iterable[Head]) -> list[Finding]:
        """One finding for each service whose ledger is not what these heads say: where the first
        difference is, between two of them."""
        found = []
        by_service: dict[str, list[Head]] = {}
        for head in sorted(heads, key=lambda each: each.events):
            by_service.setdefault(head.service, []).append(head)
        for service, ordered in by_service.items():
            agreed = 0
            for head in ordered:
                if not self._agrees(head):
                    found.append(_finding(service, agreed, head))
                    break
                agreed = head.sequence
        return found

    def _agrees(self, head: Head) -> bool:
        if head.events == 0:
            return True
        rows = self.database.rows(
            SQL["hash_at"], {"service": head.service, "sequence": head.sequence}
        )
        return bool(rows) and bytes(rows[0]["hash"]) == head.chain

    def _new(self, service: str, known: SignedHead | None, reason: str = "") -> Head | None:
        rows = self.database.rows(SQL["chain"], {"service": service})
        chain = Chain.restore(**rows[0]) if rows else Chain(service)
        if chain.events == (known.head.events if known else 0) and not reason:
            return None
        chain_hash = bytes(chain.hash)
        return Head(service, chain.events, chain.sequence, chain_hash, self.clock(), reason)

    def _sign(self, due: Sequence[Head | None]) -> Sequence[SignedHead]:
        """Kept by the witness first: a head that only the database has can be taken back."""
        made = [SignedHead.made(head, self.signer) for head in due if head is not None]
        if self.witness is not None and made:
            self.witness.keep(made)
        with self.database.transaction(commit=True) as cursor:
            for each in made:
                cursor.execute(SQL["add_head"], _row(each))
        return made


def _row(signed: SignedHead) -> Row:
    facts = {name: getattr(signed.head, name) for name in signed.head.__dataclass_fields__}
    return {**facts, "key_id": signed.key_id, "signature": signed.signature}


def _signed(row: Row) -> SignedHead:
    facts = {name: row[name] for name in Head.__dataclass_fields__}
    return SignedHead(
        Head(**{**facts, "chain": bytes(row["chain"])}), row["key_id"], bytes(row["signature"])
    )


def _finding(service: str, agreed: int, head: Head) -> Finding:
    detail = (
        f"history is not what {head.told} stands for: the first difference lies behind "
        f"{service}:{agreed} and not behind {service}:{head.sequence}"
    )
    return Finding(service, head.sequence, "head_contradicted", detail)
