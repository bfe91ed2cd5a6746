"""Keys in memory, exactly: twelve bytes each, however many there are."""

from __future__ import annotations

from collections.abc import Sequence

from services.metering.application.known_ids.keys import Keys

# Fewer are kept one by one: for the groups of single messages an array costs more than they do.
PENDING = 4_096
GROWTH = 4


class RecentKeys:
    """`levels` are sorted, each at least `GROWTH` times as long as the one after it: so a key is
    copied a few times in all, and looked for in a few arrays."""

    def __init__(self, pending: int = PENDING) -> None:
        self._fewest = pending
        self._pending: set[bytes] = set()
        self._levels: list[Keys] = []

    def __len__(self) -> int:
        return len(self._pending) + sum(map(len, self._levels))

    def add(self, keys: Keys) -> None:
        """Adding a key again changes no answer."""
        if len(keys) < self._fewest:
            self._pending.update(keys.packed())
            if len(self._pending) < self._fewest:
                return
            keys = Keys.of(list(self._pending))
            self._pending = set()
        self._merge(keys)

    def _merge(self, keys: Keys) -> None:
        parts = [keys]
        size = len(keys)
        while self._levels and len(self._levels[-1]) < GROWTH * size:
            parts.append(self._levels.pop())
            size += len(parts[-1])
        self._levels.append(Keys.joined(parts).sorted())

    def find(self, packed: Sequence[bytes], keys: Keys) -> set[int]:
        """Indexes of those that were added. `keys` are the same as `packed`."""
        pending = self._pending
        found = {index for index, key in enumerate(packed) if key in pending} if pending else set()
        for level in self._levels:
            found.update(level.find(keys))
        return found
