"""Signed heads: what each service's history was at a time, for keeping where nobody of this system
can change it. The chain's hash stands for every event before it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Self

from kernel.clock import rfc3339
from projections.audit_trail.canonical import hexadecimal, integer, moment, text
from projections.audit_trail.chain import Checkpoint, Signer, key_id
from projections.audit_trail.json_lines import parsed

# In the second, heads carry the root of the log's tree, in the third that of its map of workspaces.
FORMAT, TREE_FORMAT, MAP_FORMAT = (f"billing-audit-head/{number}" for number in (1, 2, 3))


@dataclass(frozen=True, slots=True)
class Head:
    """After `events` events, of which the last is `sequence`, the chain's hash was `chain`, the
    root of their tree `root`, and that of the map of what there is of each workspace `workspaces`,
    in heads that carry them. `at`: when that was signed; None of what only tells so by the way, as
    a bundle's checkpoints do. `reason`: why history was sealed anew although it differs from what
    earlier heads say."""

    service: str
    events: int
    sequence: int
    chain: bytes
    at: datetime | None = None
    reason: str = ""
    root: bytes = b""
    workspaces: bytes = b""

    @property
    def format(self) -> str:
        if self.workspaces:
            return MAP_FORMAT
        return TREE_FORMAT if self.root else FORMAT

    @property
    def text(self) -> bytes:
        """What is signed."""
        lines = [
            self.format,
            f"service: {self.service}",
            f"events: {self.events}",
            f"sequence: {self.sequence}",
            f"chain: {self.chain.hex()}",
            *([f"root: {self.root.hex()}"] if self.root else []),
            *([f"workspaces: {self.workspaces.hex()}"] if self.workspaces else []),
            f"at: {rfc3339(self.at) if self.at else ''}",
            *([f"reason: {self.reason}"] if self.reason else []),
        ]
        return "".join(f"{line}\n" for line in lines).encode()

    @property
    def told(self) -> str:
        signed = f", signed at {rfc3339(self.at)}" if self.at else ""
        return f"the head over {self.events:,} events{signed}"


@dataclass(frozen=True, slots=True)
class SignedHead:
    head: Head
    key_id: str
    signature: bytes

    @classmethod
    def made(cls, head: Head, signer: Signer) -> Self:
        return cls(head, key_id(signer.public_key), signer.sign(head.text))

    def is_newer_than(self, other: SignedHead | None) -> bool:
        return (
            other is None
            or other.head.at is None
            or (self.head.at or other.head.at) >= other.head.at
        )

    def holds(self, signer: Signer) -> bool:
        return signer.signed_by(self.head.text, self.signature) is not None

    def facts(self) -> dict[str, Any]:
        return {
            "format": self.head.format,
            "service": self.head.service,
            "events": self.head.events,
            "sequence": self.head.sequence,
            "chain": self.head.chain.hex(),
            **({"root": self.head.root.hex()} if self.head.root else {}),
            **({"workspaces": self.head.workspaces.hex()} if self.head.workspaces else {}),
            "at": rfc3339(self.head.at) if self.head.at else None,
            **({"reason": self.head.reason} if self.head.reason else {}),
            "key_id": self.key_id,
            "signature": self.signature.hex(),
        }

    @classmethod
    def of(cls, facts: Mapping[str, Any]) -> Self:
        """Raises ValueError, KeyError or TypeError for what is no head."""
        head = Head(
            service=text(facts["service"]),
            events=integer(facts["events"]),
            sequence=integer(facts["sequence"]),
            chain=hexadecimal(facts["chain"]),
            at=moment(facts["at"]),
            reason=text(facts.get("reason", "")),
            root=hexadecimal(facts.get("root") or ""),
            workspaces=hexadecimal(facts.get("workspaces") or ""),
        )
        if facts["format"] != head.format:
            raise ValueError(f"not of the format {head.format}")
        return cls(head, text(facts["key_id"]), hexadecimal(facts["signature"]))


def read_lines(lines: Iterable[str | bytes]) -> Iterator[SignedHead]:
    """Of a file of heads, one a line. Raises ValueError at the first line that is none."""
    return parsed(lines, SignedHead.of, "signed head")


def heads_of_checkpoints(checkpoints: Iterable[Checkpoint]) -> Iterator[Head]:
    """Of successive checkpoints of one service, from its first."""
    events = 0
    for checkpoint in checkpoints:
        events += checkpoint.events
        yield Head(checkpoint.service, events, checkpoint.last_sequence, checkpoint.chain)
