"""Ids of usage events as sorted arrays hold them: 96 bits, of which 64 are searched for."""

from __future__ import annotations

import struct
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

KEY_SIZE = 12
_WORKSPACE_SIZE = 4
_INT8 = 20
_ARRAY_HEADER = struct.Struct(">iiiii")
_PACKED = np.dtype([("high", ">u8"), ("low", ">u4")])
_ELEMENT = np.dtype([("length", ">i4"), ("high", ">u8")])


@dataclass(frozen=True, slots=True)
class Keys:
    """Of each id the part behind the workspace's four bytes: it is a digest of the workspace too,
    so it tells ids of different workspaces apart by itself."""

    high: NDArray[np.uint64]
    low: NDArray[np.uint32]

    def __len__(self) -> int:
        return len(self.high)

    @staticmethod
    def of(packed: Sequence[bytes]) -> Keys:
        """Of keys as `key_of` cuts them."""
        return Keys.unpacked(b"".join(packed))

    @staticmethod
    def unpacked(raw: bytes) -> Keys:
        """Of keys one behind the other."""
        found = np.frombuffer(raw, dtype=_PACKED)
        return Keys(found["high"].astype(np.uint64), found["low"].astype(np.uint32))

    @staticmethod
    def read(high: bytes | None, low: bytes | None) -> Keys:
        """Of a bigint[] in PostgreSQL's binary form, and of four bytes each."""
        elements = np.frombuffer(
            high or b"", dtype=_ELEMENT, offset=_ARRAY_HEADER.size if high else 0
        )
        rest = np.frombuffer(low or b"", dtype=">u4")
        return Keys(elements["high"].astype(np.uint64), rest.astype(np.uint32))

    def joined_bytes(self) -> bytes:
        """What `unpacked` reads."""
        together = np.empty(len(self), dtype=_PACKED)
        together["high"], together["low"] = self.high, self.low
        return together.tobytes()

    def packed(self) -> list[bytes]:
        """What `of` reads."""
        raw = self.joined_bytes()
        return [raw[at : at + KEY_SIZE] for at in range(0, len(raw), KEY_SIZE)]

    def written(self) -> tuple[bytes, bytes]:
        """What `read` reads."""
        elements = np.empty(len(self), dtype=_ELEMENT)
        elements["length"], elements["high"] = 8, self.high
        header = _ARRAY_HEADER.pack(1, 0, _INT8, len(self), 1)
        return header + elements.tobytes(), self.low.astype(">u4").tobytes()

    def without(self, indexes: Sequence[int]) -> Keys:
        if not indexes:
            return self
        return Keys(np.delete(self.high, indexes), np.delete(self.low, indexes))

    def taken(self, indexes: Sequence[int]) -> Keys:
        return Keys(self.high[indexes], self.low[indexes])

    def sorted(self) -> Keys:
        order = np.argsort(self.high)
        return Keys(self.high[order], self.low[order])

    def find(self, keys: Keys) -> list[int]:
        """Indexes of those of `keys` that are among these, which are sorted."""
        if not len(self):
            return []
        places = np.searchsorted(self.high, keys.high)
        inside = np.minimum(places, len(self) - 1)
        hits = np.flatnonzero(self.high[inside] == keys.high).tolist()
        return [index for index in hits if self._holds(keys, index, int(places[index]))]

    def _holds(self, keys: Keys, index: int, place: int) -> bool:
        """Those that share their 64 bits lie side by side, the first at `place`."""
        while place < len(self) and self.high[place] == keys.high[index]:
            if self.low[place] == keys.low[index]:
                return True
            place += 1
        return False

    @staticmethod
    def joined(parts: Sequence[Keys]) -> Keys:
        return Keys(
            np.concatenate([part.high for part in parts]),
            np.concatenate([part.low for part in parts]),
        )


def key_of(identity: bytes) -> bytes:
    """The key of an event's stream id."""
    return identity[_WORKSPACE_SIZE:]
