"""Quota figures in memory: what hot checks are answered from.

Written in the event loop only; each figure carries the log position it holds at, so an older one
never replaces a newer one, in whatever order they arrive.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from services.metering.application.commands import AccountKey
from services.metering.application.months import MonthNumber
from services.metering.domain.quota import METRICS, NOTHING_USED, Metric, Usage

Month = dict[str, Usage]


class UsageFigures:
    def __init__(self) -> None:
        self._months: dict[tuple[Metric, MonthNumber], Month] = {}
        self._names: dict[str, str] = {}

    def of(self, workspace: str, metric: Metric, month: MonthNumber) -> Usage:
        figures = self._months.get((metric, month))
        return NOTHING_USED if figures is None else figures.get(workspace, NOTHING_USED)

    def put(self, accounts: Iterable[tuple[AccountKey, Usage]]) -> None:
        for (workspace, metric, month), usage in accounts:
            figures = self._months.get((metric, month))
            if figures is None:
                figures = self._months[metric, month] = {}
            known = figures.get(workspace)
            if known is None:
                figures[self._names.setdefault(workspace, workspace)] = usage
            elif usage.position >= known.position:
                figures[workspace] = usage

    def of_month(self, month: MonthNumber) -> Iterator[tuple[AccountKey, Usage]]:
        """A snapshot of the keys, so that it may be walked with pauses."""
        for metric in METRICS:
            figures = self._months.get((metric, month), {})
            for workspace in list(figures):
                yield (workspace, metric, month), figures[workspace]

    def forget_before(self, month: MonthNumber) -> None:
        """Past months are only counted by the database."""
        for key in [key for key in self._months if key[1] < month]:
            del self._months[key]
        living = {name for figures in self._months.values() for name in figures}
        self._names = {name: name for name in living}
