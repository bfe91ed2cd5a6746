"""Merkle trees as in RFC 6962, section 2.1: one part can be proven without the whole."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Literal

SIZE = 32
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)

Side = Literal["left", "right"]
Path = Sequence[tuple[Side, bytes]]


def leaf(digest: bytes, recorded_at: datetime) -> bytes:
    """The leaf of a stored event: SHA-256 of a zero byte, its digest, and the time of recording as
    microseconds of Unix time in 8 bytes, big-endian."""
    microseconds = (recorded_at - _EPOCH) // _MICROSECOND
    return sha256(b"\0" + digest + microseconds.to_bytes(8, "big")).digest()


def node(left: bytes, right: bytes) -> bytes:
    return sha256(b"\1" + left + right).digest()


@dataclass(slots=True)
class Tree:
    """A growing tree that keeps only the roots of its complete subtrees, largest first."""

    count: int = 0
    frontier: list[bytes] = field(default_factory=list)

    @classmethod
    def unpack(cls, count: int, packed: bytes) -> Tree:
        return cls(count, [packed[at : at + SIZE] for at in range(0, len(packed), SIZE)])

    def pack(self) -> bytes:
        return b"".join(self.frontier)

    def add(self, new_leaf: bytes) -> None:
        merged = new_leaf
        full = self.count
        while full & 1:
            merged = node(self.frontier.pop(), merged)
            full >>= 1
        self.frontier.append(merged)
        self.count += 1

    def root(self) -> bytes:
        """Of at least one leaf."""
        merged = self.frontier[-1]
        for subtree in reversed(self.frontier[:-1]):
            merged = node(subtree, merged)
        return merged


def root_of(leaves: Sequence[bytes]) -> bytes:
    if len(leaves) == 1:
        return leaves[0]
    middle = _split(len(leaves))
    return node(root_of(leaves[:middle]), root_of(leaves[middle:]))


def path_of(leaves: Sequence[bytes], index: int) -> Path:
    """The neighbours on the way from a leaf to the root, nearest first, with their side."""
    return list(_way(leaves, index))


def _way(leaves: Sequence[bytes], index: int) -> Iterator[tuple[Side, bytes]]:
    if len(leaves) == 1:
        return
    middle = _split(len(leaves))
    if index < middle:
        yield from _way(leaves[:middle], index)
        yield "right", root_of(leaves[middle:])
    else:
        yield from _way(leaves[middle:], index - middle)
        yield "left", root_of(leaves[:middle])


def root_by(path: Path, proven: bytes) -> bytes:
    """The root that `proven` leads to along the path."""
    for side, neighbour in path:
        proven = node(neighbour, proven) if side == "left" else node(proven, neighbour)
    return proven


def _split(count: int) -> int:
    """The largest power of two below `count`."""
    return 1 << (count - 1).bit_length() - 1
