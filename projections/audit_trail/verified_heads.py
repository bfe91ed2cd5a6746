"""How far each service's history was found intact, signed: where the next verification begins."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Self

from projections.audit_trail.chain import CHECKPOINT_EVENTS, Chain, Checkpoint, Signer
from runtime.postgres.database import Database
from runtime.postgres.migrations import Migrations

# Not part of the read model: it is not built from events.
VERIFIED_HEADS_TABLES = Migrations(
    "verified_heads", Path(__file__).parent / "migrations" / "verified_heads"
)
FORMAT = "billing-audit-verified/1"


@dataclass(frozen=True, slots=True)
class VerifiedHead:
    """Everything up to checkpoint `number`, which ends at `sequence`, was verified."""

    service: str
    number: int
    sequence: int
    chain_hash: bytes
    checkpoint: bytes

    @classmethod
    def at(cls, checkpoint: Checkpoint) -> Self:
        return cls(
            checkpoint.service,
            checkpoint.number,
            checkpoint.last_sequence,
            checkpoint.chain,
            checkpoint.hash,
        )

    @property
    def events(self) -> int:
        return self.number * CHECKPOINT_EVENTS

    @property
    def text(self) -> bytes:
        hashes = f"{self.chain_hash.hex()}\n{self.checkpoint.hex()}"
        return f"{FORMAT}\n{self.service}\n{self.number}\n{self.sequence}\n{hashes}\n".encode()

    def chain(self) -> Chain:
        return Chain(
            self.service,
            events=self.events,
            sequence=self.sequence,
            hash=self.chain_hash,
            checkpoints=self.number,
            checkpoint_hash=self.checkpoint,
        )


class VerifiedHeads:
    def __init__(self, database: Database, signer: Signer) -> None:
        self._database = database
        self._signer = signer

    def last(self, service: str) -> VerifiedHead | None:
        """None also when the kept head was not signed by us: then all is verified again."""
        rows = self._database.rows(
            "SELECT * FROM audit_verifications WHERE service = %s", (service,)
        )
        for row in rows:
            head = VerifiedHead(
                service, row["number"], row["sequence"], row["chain"], row["checkpoint"]
            )
            if self._signer.signed_by(head.text, row["signature"]):
                return head
        return None

    def keep(self, head: VerifiedHead) -> None:
        with self._database.transaction(commit=True) as cursor:
            cursor.execute(
                "INSERT INTO audit_verifications "
                "(service, number, sequence, chain, checkpoint, signature) "
                "VALUES (%s, %s, %s, %s, %s, %s) ON CONFLICT (service) DO UPDATE "
                "SET number = EXCLUDED.number, sequence = EXCLUDED.sequence, "
                "chain = EXCLUDED.chain, checkpoint = EXCLUDED.checkpoint, "
                "signature = EXCLUDED.signature, verified_at = clock_timestamp()",
                (
                    *(head.service, head.number, head.sequence, head.chain_hash, head.checkpoint),
                    self._signer.sign(head.text),
                ),
            )
