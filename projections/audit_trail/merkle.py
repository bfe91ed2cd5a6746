"""Merkle trees as in RFC 6962, section 2.1: one part can be proven without the whole."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from hashlib import sha256

SIZE = 32
EMPTY_ROOT = sha256(b"").digest()
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


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
        if not self.frontier:
            return EMPTY_ROOT
        merged = self.frontier[-1]
        for subtree in reversed(self.frontier[:-1]):
            merged = node(subtree, merged)
        return merged


def root_of(leaves: Sequence[bytes]) -> bytes:
    if len(leaves) == 1:
        return leaves[0]
    middle = split(len(leaves))
    return node(root_of(leaves[:middle]), root_of(leaves[middle:]))


def proof_of(leaves: Sequence[bytes], wanted: Sequence[int]) -> list[bytes]:
    """What has to be known beside the wanted leaves (ascending indices) to compute the root: the
    roots of the subtrees that hold none of them, from left to right."""
    return list(_unknown(leaves, 0, wanted))


def _unknown(leaves: Sequence[bytes], start: int, wanted: Sequence[int]) -> Iterator[bytes]:
    if not _any_within(wanted, start, len(leaves)):
        yield root_of(leaves)
    elif len(leaves) > 1:
        middle = split(len(leaves))
        yield from _unknown(leaves[:middle], start, wanted)
        yield from _unknown(leaves[middle:], start + middle, wanted)


def proven_root(count: int, known: Mapping[int, bytes], proof: Sequence[bytes]) -> bytes:
    """The root of `count` leaves of which some are known, by index. ValueError when the proof is
    too short or too long."""
    rest = iter(proof)
    root = _proven(count, 0, known, sorted(known), rest)
    if next(rest, None) is not None:
        raise ValueError("the proof is too long")
    return root


def _proven(
    count: int,
    start: int,
    known: Mapping[int, bytes],
    indices: Sequence[int],
    rest: Iterator[bytes],
) -> bytes:
    if not _any_within(indices, start, count):
        given = next(rest, None)
        if given is None:
            raise ValueError("the proof is too short")
        return given
    if count == 1:
        return known[start]
    middle = split(count)
    left = _proven(middle, start, known, indices, rest)
    return node(left, _proven(count - middle, start + middle, known, indices, rest))


def _any_within(indices: Sequence[int], start: int, count: int) -> bool:
    place = bisect_left(indices, start)
    return place < len(indices) and indices[place] < start + count


def split(count: int) -> int:
    """The largest power of two below `count`."""
    return 1 << (count - 1).bit_length() - 1
