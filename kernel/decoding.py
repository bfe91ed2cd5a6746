"""Types as msgspec may read them in any thread."""

from __future__ import annotations

from threading import Lock
from typing import TypeVar

import msgspec

T = TypeVar("T")
_preparing = Lock()
_ready: set[type] = set()


def ready(kind: type[T]) -> type[T]:
    """The same type. msgspec 0.22 looks at a type when it is first used, and shows it half looked
    at to other threads meanwhile: they crash the process. So it is first used here, by one."""
    if kind not in _ready:
        with _preparing:
            msgspec.json.Decoder(kind)
            _ready.add(kind)
    return kind
