"""One line of the table."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Result:
    """`ratio` is compared with `least` (or `most`); without either the line only informs."""

    what: str
    measured: str
    against: str = ""
    ratio: float | None = None
    least: float | None = None
    most: float | None = None
    unit: str = ""

    @property
    def holds(self) -> bool | None:
        if self.ratio is None or (self.least is None and self.most is None):
            return None
        return (self.least is None or self.ratio >= self.least) and (
            self.most is None or self.ratio <= self.most
        )

    @property
    def cells(self) -> tuple[str, str, str, str, str]:
        target = f"≥ {self.least}" if self.least is not None else ""
        target = f"≤ {self.most}{self.unit}" if self.most is not None else target
        ratio = "" if self.ratio is None else f"{self.ratio:.2f}{self.unit}"
        return self.what, self.measured, self.against, ratio, target
