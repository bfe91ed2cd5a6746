"""Signs the heads of the ledger, and refuses a past that differs from one that it has signed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import structlog
from prometheus_client import Gauge

from kernel.clock import Clock
from projections.audit_trail.chain import Chain, Signer
from projections.audit_trail.contradictions import Contradictions
from projections.audit_trail.findings import Finding
from projections.audit_trail.heads import Head, SignedHead
from projections.audit_trail.kept_heads import KeptHeads, row_of
from projections.audit_trail.log_tree import LogTree
from projections.audit_trail.projector import SERVICES, read_chain
from projections.audit_trail.proofs import consistency, is_consistent
from projections.audit_trail.statements import SQL, TREE_SQL
from projections.audit_trail.witness import Witness
from projections.audit_trail.workspace_map import grown_map
from runtime.postgres.database import Cursor, Database

log = structlog.get_logger()
# The work looks this often; a head is made where events came since the last one.
SIGN_SECONDS = 30.0
CONTRADICTED = Gauge(
    "audit_heads_contradicted", "Logs whose history differs from a head that was signed."
)


class Forked(Exception):
    """The ledger does not go on from what was signed."""

    def __init__(self, finding: Finding) -> None:
        super().__init__(finding.detail)
        self.finding = finding


@dataclass(frozen=True, slots=True)
class Heads:
    """Heads are kept in the database, where a head that was signed is never changed, and by the
    `witness`, where there is one: what the database has lost, the witness still tells."""

    database: Database
    signer: Signer
    clock: Clock
    witness: Witness | None = None

    @property
    def kept(self) -> KeptHeads:
        return KeptHeads(self.database, self.signer, self.witness)

    def last(self) -> Mapping[str, SignedHead]:
        """The newest head of each service that is signed by us, wherever it is kept."""
        return self.kept.last()

    def reseals(self) -> Sequence[Head]:
        """Oldest first, wherever they are kept."""
        return self.kept.reseals()

    def sign_due(self) -> Sequence[SignedHead]:
        """New heads of the services whose ledger has grown. A service whose ledger contradicts a
        head gets none."""
        known = self.last()
        bad = self._contradictions(known)
        made = []
        for service in SERVICES:
            if service in bad:
                continue
            try:
                made.append(self._sign(service, known.get(service)))
            except Forked as fork:
                bad[service] = fork.finding
        CONTRADICTED.set(len(bad))
        for finding in bad.values():
            log.error("audit_head_refused", service=finding.service, reason=finding.detail)
        return [each for each in made if each is not None]

    def reseal(self, reason: str) -> Sequence[SignedHead]:
        """Heads of the services whose history contradicts what was signed: from here on it counts
        as it is. What was signed before stays, and every verification tells of this."""
        bad = self._contradictions(self.last())
        made = [self._sign(service, None, reason) for service in bad]
        return [each for each in made if each is not None]

    def contradicted(self, heads: Iterable[Head]) -> list[Finding]:
        """One finding for each service whose ledger is not what these heads say: where the first
        difference is."""
        return Contradictions(self.database, self.kept).of(heads)

    def _contradictions(self, known: Mapping[str, SignedHead]) -> dict[str, Finding]:
        """A damaged tree is none: it can be grown anew, and compared with what was signed."""
        found = self.contradicted(each.head for each in known.values())
        return {each.service: each for each in found if each.kind == "head_contradicted"}

    def _sign(self, service: str, known: SignedHead | None, reason: str = "") -> SignedHead | None:
        """Kept by the witness first: a head that only the database has can be taken back."""
        with self.database.transaction(commit=True) as cursor:
            cursor.execute(TREE_SQL["lock_tree"], {"service": service})
            chain = read_chain(cursor, service)
            if not reason and not _is_due(chain, known):
                return None
            tree = _grown(cursor, chain, known.head if known else None, anew=bool(reason))
            signed_map = known.head.workspaces if known else b""
            head = Head(
                *(service, chain.events, chain.sequence, bytes(chain.hash), self.clock(), reason),
                root=tree.root(tree.size),
                workspaces=grown_map(cursor, service, chain.sequence, signed_map).root,
            )
            signed = SignedHead.made(head, self.signer)
            if self.witness is not None:
                self.witness.keep([signed])
            cursor.execute(SQL["add_head"], row_of(signed))
        return signed


def _is_due(chain: Chain, known: SignedHead | None) -> bool:
    if known is None:
        return chain.events > 0
    return chain.events != known.head.events or not known.head.workspaces


def _grown(cursor: Cursor, chain: Chain, known: Head | None, *, anew: bool) -> LogTree:
    """The tree over the whole ledger. One that somebody damaged is grown anew; either has to begin
    with what was signed, or Forked is raised."""
    tree = LogTree.of(cursor, chain.service)
    tree = tree.anew() if anew else tree
    tree.grow(chain.sequence)
    if not _goes_on(tree, chain, known):
        log.error("audit_tree_anew", service=chain.service)
        tree = tree.anew()
        tree.grow(chain.sequence)
        if not _goes_on(tree, chain, known):
            detail = (
                f"the tree over {tree.size:,} of {chain.events:,} events does not begin with what "
                f"{known.told} stands for"
                if known
                else "the ledger has lost events of its chain"
            )
            raise Forked(Finding(chain.service, chain.sequence, "head_contradicted", detail))
    return tree


def _goes_on(tree: LogTree, chain: Chain, known: Head | None) -> bool:
    if tree.size != chain.events:
        return False
    if known is None or not known.root or not known.events:
        return True
    proof = consistency(known.events, tree.size, tree.subtree)
    return is_consistent(known.events, tree.size, known.root, tree.root(tree.size), proof)
