"""Times as callers write them: of a fraction of a second its first six digits are meant."""

from __future__ import annotations

import re

_FINER = re.compile(rb"\.[0-9]{7}")
_OCCURRED_AT = re.compile(
    rb'("occurred_at"\s*:\s*"[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt ][0-9:]{8}\.[0-9]{6})[0-9]+'
)


def truncated(body: bytes) -> bytes:
    """msgspec rounds to microseconds, which may move a time into the next month."""
    return _OCCURRED_AT.sub(rb"\1", body) if _FINER.search(body) else body
