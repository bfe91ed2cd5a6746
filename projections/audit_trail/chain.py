"""The chain of hashes through a service's log, and the signed checkpoints along it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from hashlib import sha256
from typing import Any, Self

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from projections.audit_trail.merkle import Tree, leaf

CHECKPOINT_EVENTS = 1_000
ORIGIN = bytes(32)
FORMAT = "billing-audit-checkpoint/1"


def link(previous: bytes, new_leaf: bytes) -> bytes:
    """The chain's hash after one more event; `ORIGIN` before the first."""
    return sha256(previous + new_leaf).digest()


@dataclass(frozen=True)
class Checkpoint:
    """Stands for `events` successive events of a service's log: the root of their Merkle tree, the
    chain's hash after them, and the hash of the checkpoint before (`ORIGIN` for the first)."""

    service: str
    number: int
    events: int
    first_sequence: int
    last_sequence: int
    root: bytes
    chain: bytes
    previous: bytes

    @property
    def text(self) -> bytes:
        """What is hashed and signed."""
        lines = [
            FORMAT,
            f"service: {self.service}",
            f"number: {self.number}",
            f"events: {self.events}",
            f"first_sequence: {self.first_sequence}",
            f"last_sequence: {self.last_sequence}",
            f"root: {self.root.hex()}",
            f"chain: {self.chain.hex()}",
            f"previous: {self.previous.hex()}",
        ]
        return "".join(f"{line}\n" for line in lines).encode()

    @cached_property
    def hash(self) -> bytes:
        return sha256(self.text).digest()

    def facts(self) -> dict[str, Any]:
        return {name: getattr(self, name) for name in self.__dataclass_fields__}

    @classmethod
    def of(cls, facts: Mapping[str, Any]) -> Self:
        """From a mapping that holds the fields among others."""
        return cls(**{name: facts[name] for name in cls.__dataclass_fields__})


@dataclass(slots=True)
class Chain:
    """Where a service's chain stands after `events` events, the last of them `sequence`.

    `open_from` is the first sequence of the tree that the next checkpoint closes.
    """

    service: str
    events: int = 0
    sequence: int = 0
    hash: bytes = ORIGIN
    open_from: int = 0
    checkpoints: int = 0
    checkpoint_hash: bytes = ORIGIN
    tree: Tree = field(default_factory=Tree)

    @classmethod
    def restore(cls, *, frontier: bytes, **saved: Any) -> Self:
        return cls(**saved, tree=Tree.unpack(saved["events"] % CHECKPOINT_EVENTS, frontier))

    def saved(self) -> dict[str, Any]:
        names = [name for name in self.__dataclass_fields__ if name != "tree"]
        return {**{name: getattr(self, name) for name in names}, "frontier": self.tree.pack()}

    def add(self, sequence: int, digest: bytes, recorded_at: datetime) -> Checkpoint | None:
        """Links one more event; gives the checkpoint that it completes."""
        if not self.tree.count:
            self.open_from = sequence
        new_leaf = leaf(digest, recorded_at)
        self.hash = link(self.hash, new_leaf)
        self.tree.add(new_leaf)
        self.events += 1
        self.sequence = sequence
        return self.close() if self.tree.count == CHECKPOINT_EVENTS else None

    def close(self) -> Checkpoint:
        """The checkpoint over what is open; at least one event must be."""
        checkpoint = Checkpoint(
            service=self.service,
            number=self.checkpoints + 1,
            events=self.tree.count,
            first_sequence=self.open_from,
            last_sequence=self.sequence,
            root=self.tree.root(),
            chain=self.hash,
            previous=self.checkpoint_hash,
        )
        self.checkpoints = checkpoint.number
        self.checkpoint_hash = checkpoint.hash
        self.tree = Tree()
        return checkpoint


class Signer:
    """Ed25519, from 32-byte seeds, newest first: the first one signs, and the same text always gets
    the same signature; what an earlier one signed is still recognised."""

    def __init__(self, seeds: Sequence[bytes]) -> None:
        self._keys = [Ed25519PrivateKey.from_private_bytes(seed) for seed in seeds]
        self.public_keys = [key.public_key().public_bytes_raw() for key in self._keys]

    @property
    def public_key(self) -> bytes:
        return self.public_keys[0]

    def sign(self, text: bytes) -> bytes:
        return self._keys[0].sign(text)

    def signed_by(self, text: bytes, signature: bytes) -> bytes | None:
        """The public key of ours that it was signed with; None when it is not ours."""
        found = (key for key in self.public_keys if is_signed(key, text, signature))
        return next(found, None)


def key_id(public_key: bytes) -> str:
    """Names a key where the whole of it would be too long."""
    return sha256(public_key).hexdigest()[:16]


def is_signed(public_key: bytes, text: bytes, signature: bytes) -> bool:
    try:
        Ed25519PublicKey.from_public_bytes(public_key).verify(signature, text)
    except (InvalidSignature, ValueError):
        return False
    return True
