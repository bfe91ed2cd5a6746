"""Usage of one commit as columns: the stored form of a block."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from datetime import datetime

import msgspec
import zstandard

VERSION = 1
_encode: Callable[[object], bytes] = msgspec.msgpack.Encoder().encode
_own = threading.local()


class UnreadableBlock(Exception):
    """What is stored is not what was encoded."""


class Facts(msgspec.Struct, array_like=True, gc=False):
    """A fact an index. `values` None: 1 each. `dimensions`: by what usage is told apart, such as
    `{"agent_id": "anna"}`, None without. `causes` are JSON as it is stored of any event, `cause_of`
    says for each fact which it is. Repetition costs nothing: all of it is compressed together."""

    workspaces: list[str]
    meters: list[str]
    times: list[datetime]
    ids: list[str]
    dimensions: list[Mapping[str, str] | None]
    cause_of: list[int]
    causes: list[bytes]
    values: list[int] | None = None
    version: int = VERSION

    def __len__(self) -> int:
        return len(self.ids)

    def encode(self) -> bytes:
        return _compressor().compress(_encode(self))


def _compressor() -> zstandard.ZstdCompressor:
    """One a thread: two at once in one of them spoil each other's output."""
    found: zstandard.ZstdCompressor | None = getattr(_own, "compressor", None)
    if found is None:
        found = _own.compressor = zstandard.ZstdCompressor(level=1, write_checksum=True)
    return found


_decode = msgspec.msgpack.Decoder(Facts).decode


def decode(state: bytes) -> Facts:
    """Raises UnreadableBlock."""
    try:
        facts = _decode(zstandard.ZstdDecompressor().decompress(state))
    except (zstandard.ZstdError, msgspec.MsgspecError) as error:
        raise UnreadableBlock(str(error)) from error
    if facts.version != VERSION:
        raise UnreadableBlock(f"a block of version {facts.version}")
    return facts
