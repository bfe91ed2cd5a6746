"""Which keys may be known: a Bloom filter of two bytes a key."""

from __future__ import annotations

from math import ceil, log2

import numpy as np
from numpy.typing import NDArray

BITS_A_KEY = 16
_PIECE = 1 << 18
_ONE, _POSITION = np.uint64(1), np.uint64(63)
_SHIFTS = [np.uint64(shift) for shift in (0, 6, 12, 18)]


class Filter:
    """One word of 64 bits a key, chosen by its upper bits, and four bits in it by its lower ones: a
    key costs one access to memory, and sorted keys go through it in order. Up to `capacity` keys
    one stranger in two hundred is taken for known."""

    def __init__(self, capacity: int) -> None:
        size = 1 << max(10, ceil(log2(max(1, capacity) * BITS_A_KEY / 64)))
        self._words = np.zeros(size, dtype=np.uint64)
        self._shift = np.uint64(64 - int(log2(size)))

    def add(self, keys: NDArray[np.uint64]) -> None:
        """Of sorted keys."""
        for start in range(0, len(keys), _PIECE):
            piece = keys[start : start + _PIECE]
            words = (piece >> self._shift).astype(np.int64)
            first = np.flatnonzero(np.diff(words, prepend=-1))
            self._words[words[first]] |= np.bitwise_or.reduceat(_mask(piece), first)

    def may_hold(self, keys: NDArray[np.uint64]) -> NDArray[np.bool_]:
        """False is certain."""
        mask = _mask(keys)
        found: NDArray[np.bool_] = (self._words[keys >> self._shift] & mask) == mask
        return found


def _mask(keys: NDArray[np.uint64]) -> NDArray[np.uint64]:
    mask = _ONE << (keys & _POSITION)
    for shift in _SHIFTS[1:]:
        mask |= _ONE << ((keys >> shift) & _POSITION)
    return mask
