"""What the check of a bundle found."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

MOST_SHOWN = 50
LONGEST_SHOWN = 300


@dataclass(slots=True)
class Outcome:
    """`problems` say what is wrong and where; of many the first are kept. `refused` says why it was
    not looked into any further: then it is neither intact nor altered. `figures` are computed from
    the bundle's events. `whole`: up to which position of each log nothing of the workspace was left
    out, as a signed head proves; empty where the bundle carries none. Texts hold no character that
    could command a terminal."""

    workspace: str = ""
    public_key: str = ""
    events: int = 0
    checkpoints: int = 0
    whole: dict[str, int] = field(default_factory=dict)
    figures: dict[str, Any] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)
    refused: str = ""

    @property
    def intact(self) -> bool:
        return not self.problems and not self.refused

    def problem(self, text: str) -> None:
        if len(self.problems) < MOST_SHOWN:
            self.problems.append(printable(text))


def printable(text: str) -> str:
    """One line of bounded length; what does not show stands as its escape."""
    shown = "".join(c if c.isprintable() else ascii(c)[1:-1] for c in text[:LONGEST_SHOWN])
    return shown if len(text) <= LONGEST_SHOWN else f"{shown}…"
