"""What the check of a bundle found."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

MOST_SHOWN = 50


@dataclass(slots=True)
class Outcome:
    """`problems` say what is wrong and where; of many the first are kept. `figures` are computed
    from the bundle's events."""

    workspace: str = ""
    public_key: str = ""
    events: int = 0
    checkpoints: int = 0
    figures: dict[str, Any] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)

    @property
    def intact(self) -> bool:
        return not self.problems

    def problem(self, text: str) -> None:
        if len(self.problems) < MOST_SHOWN:
            self.problems.append(text)
