"""Progress on the terminal of whoever waits."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from runtime.readmodels.shadow import Progress as Report

COLUMNS = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())


class Bars:
    def __init__(self, progress: Progress) -> None:
        self._progress = progress

    def part(self, name: str) -> Report:
        """A bar of its own, moved by (done, total)."""
        task = self._progress.add_task(name, total=None)
        return lambda done, total: self._progress.update(task, completed=done, total=total)


@contextmanager
def bars(*, quiet: bool = False) -> Iterator[Bars]:
    """On stderr, so that stdout stays the answer's."""
    console = Console(stderr=True, highlight=False)
    with Progress(*COLUMNS, console=console, disable=quiet) as progress:
        yield Bars(progress)
