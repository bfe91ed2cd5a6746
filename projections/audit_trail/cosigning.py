"""Heads that somebody else than this system has signed too, and how many of whom did."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any, Self

from kernel.clock import rfc3339
from projections.audit_trail.canonical import hexadecimal, moment, text
from projections.audit_trail.chain import Signer, is_signed, key_id
from projections.audit_trail.heads import SignedHead
from projections.audit_trail.json_lines import parsed

FORMAT = "billing-audit-cosignature/1"


@dataclass(frozen=True, slots=True)
class CosignedHead:
    """`witness`: the key's id of who co-signed it `at` that time."""

    signed: SignedHead
    witness: str
    at: datetime
    cosignature: bytes

    @classmethod
    def made(cls, signed: SignedHead, witness: Signer, at: datetime) -> Self:
        cosignature = witness.sign(cosigned_text(signed, at))
        return cls(signed, key_id(witness.public_key), at, cosignature)

    @classmethod
    def of(cls, facts: Mapping[str, Any]) -> Self:
        """Raises ValueError, KeyError or TypeError for what is no co-signed head."""
        own = facts["cosigned"]
        return cls(
            SignedHead.of(facts),
            text(own["key_id"]),
            moment(own["at"]),
            hexadecimal(own["signature"]),
        )

    def facts(self) -> dict[str, Any]:
        own = {"key_id": self.witness, "at": rfc3339(self.at), "signature": self.cosignature.hex()}
        return {**self.signed.facts(), "cosigned": own}

    def is_by(self, public_key: bytes) -> bool:
        known = self.witness == key_id(public_key)
        return known and is_signed(
            public_key, cosigned_text(self.signed, self.at), self.cosignature
        )


def cosigned_text(signed: SignedHead, at: datetime) -> bytes:
    lines = [
        FORMAT,
        f"head: {sha256(signed.head.text).hexdigest()}",
        f"signature: {signed.signature.hex()}",
        f"at: {rfc3339(at)}",
    ]
    return "".join(f"{line}\n" for line in lines).encode()


def read_cosigned(lines: Iterable[str | bytes]) -> Iterator[CosignedHead]:
    """One a line. Raises ValueError at the first line that is none."""
    return parsed(lines, CosignedHead.of, "co-signed head")


@dataclass(frozen=True, slots=True)
class Quorum:
    """So many of these public keys have to have co-signed a head."""

    witnesses: Sequence[bytes]
    needed: int

    def heads(self, found: Iterable[CosignedHead]) -> list[SignedHead]:
        """Those that enough witnesses have co-signed, each once, in the order in which they first
        came; a witness counts once however often it says so."""
        names: dict[bytes, set[bytes]] = defaultdict(set)
        signed: dict[bytes, SignedHead] = {}
        for each in found:
            signed.setdefault(each.signed.head.text, each.signed)
            names[each.signed.head.text] |= {key for key in self.witnesses if each.is_by(key)}
        return [one for key, one in signed.items() if len(names[key]) >= self.needed]


def views_apart(found: Iterable[SignedHead]) -> list[str]:
    """Services of which two heads over as many events tell different histories: whoever signed them
    has shown one to some, the other to others."""
    shown: dict[tuple[str, int], set[bytes]] = defaultdict(set)
    for each in found:
        shown[(each.head.service, each.head.events)].add(each.head.chain)
    return sorted({service for (service, _), chains in shown.items() if len(chains) > 1})
