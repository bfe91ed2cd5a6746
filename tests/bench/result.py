"""What a measurement found: ratios with their noise, in a form that a later run can read."""

from __future__ import annotations

import statistics
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from rich.console import Console
from rich.table import Table


@dataclass(frozen=True)
class Spread:
    """Of one figure over the turns of a run."""

    least: float
    median: float
    most: float

    @staticmethod
    def of(values: Iterable[float]) -> Spread:
        ordered = sorted(values)
        return Spread(ordered[0], statistics.median(ordered), ordered[-1])

    def shown(self, unit: str = "") -> str:
        figures = (self.least, self.median, self.most)
        low, middle, high = (f"{figure:,.{_digits(self.median)}f}" for figure in figures)
        return f"{middle}{unit}" if low == high else f"{middle}{unit} ({low} to {high})"


def _digits(figure: float) -> int:
    return 0 if figure >= 100 else 1 if figure >= 10 else 2


@dataclass(frozen=True)
class Result:
    """The median of `value` must reach `least`, or stay below `most`; without either the line only
    informs. `details` are for the reader."""

    what: str
    value: Spread
    unit: str = ""
    least: float | None = None
    most: float | None = None
    details: str = ""

    @property
    def holds(self) -> bool | None:
        if self.least is None and self.most is None:
            return None
        median = self.value.median
        return (self.least is None or median >= self.least) and (
            self.most is None or median <= self.most
        )

    @property
    def target(self) -> str:
        if self.least is not None:
            return f"≥ {self.least:,}{self.unit}"
        return f"≤ {self.most:,}{self.unit}" if self.most is not None else ""

    def worse_than(self, before: Result) -> bool:
        """Beyond the noise of both: the ranges don't touch. Of two without a target nothing is
        known to be better."""
        if self.most is not None:
            return self.value.least > before.value.most
        return self.least is not None and self.value.most < before.value.least


def single(value: float) -> Spread:
    return Spread(value, value, value)


def to_json(results: Sequence[Result]) -> list[dict[str, Any]]:
    return [asdict(result) for result in results]


def from_json(rows: Iterable[Mapping[str, Any]]) -> list[Result]:
    return [Result(**{**row, "value": Spread(**row["value"])}) for row in rows]


def show(results: Sequence[Result], before: Sequence[Result] = ()) -> int:
    """How many are worse than before."""
    known = {result.what: result for result in before}
    table = Table("what", "median (least to most)", "target", "", "details")
    if known:
        table.add_column("before")
    worse = 0
    for result in results:
        mark = "" if result.holds is None else ("[green]✔" if result.holds else "[red]✘")
        row = [result.what, result.value.shown(result.unit), result.target, mark, result.details]
        earlier = known.get(result.what)
        if earlier is not None:
            worse += (is_worse := result.worse_than(earlier))
            row.append(earlier.value.shown(result.unit) + (" [red]worse" if is_worse else ""))
        table.add_row(*row)
    Console(width=150).print(table)
    return worse
