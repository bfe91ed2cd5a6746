"""Which parts of the own log this process has taken in: its own commits at once, those of other
processes once they are read."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(slots=True)
class LogPositions:
    """`tail` is the highest position heard of; `gaps` are ranges (after, up to) still to read."""

    tail: int = 0
    gaps: list[tuple[int, int]] = field(default_factory=list)

    @property
    def known(self) -> int:
        """Everything up to here is taken in."""
        return self.gaps[0][0] if self.gaps else self.tail

    def committed(self, previous: int, head: int) -> None:
        """An own commit, between those positions. Others wrote what is missing before it."""
        if head > self.tail:
            if previous > self.tail:
                self.gaps.append((self.tail, previous))
            self.tail = head

    def heard_of(self, head: int) -> None:
        """Somebody's commit, maybe ours."""
        self.committed(head, head)

    def took_in(self, gap: tuple[int, int]) -> None:
        self.gaps.remove(gap)
