"""Stream ids: what makes two usage events the same one."""

from __future__ import annotations

from hashlib import blake2b
from uuid import UUID

from services.metering.domain.quota import Metric

MESSAGE, CONVERSATION, HOLD, THRESHOLD, METER_STREAM, LOW = b"m", b"c", b"h", b"t", b"d", b"l"
KINDS: dict[Metric, bytes] = {"message": MESSAGE, "conversation": CONVERSATION}


def usage_kind(meter: str) -> bytes:
    """Of a declared meter: an id names the same usage and reservation."""
    return b"u" + meter.encode() + b"\0"


def grant_kind(meter: str) -> bytes:
    return b"g" + meter.encode() + b"\0"


def correction_kind(metric: Metric) -> bytes:
    """Of a built-in meter: the corrections of an event are a stream beside it."""
    return b"k" + KINDS[metric]


_PREFIX_SIZE, _DIGEST_SIZE = 4, 12


class Identity:
    """Makes the 128-bit ids of one workspace: 4 bytes name the workspace, so that all its events
    lie side by side in the primary key; 12 bytes of BLAKE2b name kind and id within it."""

    __slots__ = ("_copy", "prefix")

    def __init__(self, workspace: str) -> None:
        name = workspace.encode()
        self.prefix = blake2b(name, digest_size=_PREFIX_SIZE).digest()
        self._copy = blake2b(name + b"\0", digest_size=_DIGEST_SIZE).copy

    def of(self, kind: bytes, usage_id: str) -> bytes:
        digest = self._copy()
        digest.update(kind + usage_id.encode())
        return self.prefix + digest.digest()

    def of_threshold(self, meter: str, month: str, percent: int, limit: int | None = None) -> bytes:
        """Without a limit as 0.1.0 made it: once a month, whatever the quota."""
        quota = "" if limit is None else f":{limit}"
        return self.of(THRESHOLD, f"{meter}:{month}:{percent}{quota}")

    @property
    def first(self) -> UUID:
        return UUID(bytes=self.prefix + bytes(_DIGEST_SIZE))

    @property
    def last(self) -> UUID:
        return UUID(bytes=self.prefix + b"\xff" * _DIGEST_SIZE)
