"""How many of the commands that wait go into one commit."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence, Sized
from typing import TypeVar

LARGEST_GROUP = 8_000
Command = TypeVar("Command", bound=Sized)


def take(
    queue: deque[Command], ids_of: Callable[[Command], Sequence[bytes]] | None = None
) -> list[Command]:
    """The next group, in order. With `ids_of` it ends before an id that it already holds."""
    taken: list[Command] = []
    seen: set[bytes] = set()
    size = 0
    while queue and size < LARGEST_GROUP:
        if ids_of is not None:
            ids = ids_of(queue[0])
            if taken and not seen.isdisjoint(ids):
                break
            seen.update(ids)
        taken.append(queue.popleft())
        size += len(taken[-1])
    return taken
