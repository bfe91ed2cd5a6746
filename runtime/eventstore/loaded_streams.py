"""Streams as they were last loaded, so that a load reads only what was appended since."""

from __future__ import annotations

import threading
from collections import OrderedDict
from dataclasses import dataclass
from typing import Any

from kernel.events import DomainEvent
from runtime.eventstore.stream import Stream

MOST_STREAMS = 1_000


@dataclass(frozen=True, slots=True)
class Loaded:
    """`last` is the event that made `stream.version`: what is stored there now must equal it, or
    the history is another one (a restored database)."""

    stream: Stream[Any]
    last: DomainEvent


class LoadedStreams:
    """The streams used last, by name. Their states are immutable, so any thread may share them."""

    def __init__(self, most: int = MOST_STREAMS) -> None:
        self._most = most
        self._loaded: OrderedDict[str, Loaded] = OrderedDict()
        self._lock = threading.Lock()

    def find(self, name: str) -> Loaded | None:
        with self._lock:
            if name in self._loaded:
                self._loaded.move_to_end(name)
            return self._loaded.get(name)

    def keep(self, loaded: Loaded) -> None:
        with self._lock:
            self._loaded[loaded.stream.name] = loaded
            self._loaded.move_to_end(loaded.stream.name)
            if len(self._loaded) > self._most:
                self._loaded.popitem(last=False)
