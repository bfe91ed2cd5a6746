"""Metering's speed as ratios within one run: `python -m tests.bench.metering [--quick]`."""

from __future__ import annotations

import argparse
import contextlib
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.table import Table

from runtime.postgres import embedded_server
from tests.bench import ingest, memory, requests, visibility
from tests.bench.metering_target import MeteringTarget
from tests.bench.result import Result

console = Console()


@dataclass(frozen=True)
class Part:
    name: str
    run: Callable[[MeteringTarget, bool], Sequence[Result]]


PARTS = (
    Part("requests", requests.measure),
    Part("ingest", ingest.measure),
    Part("visibility", visibility.measure),
    Part("memory", memory.measure),
    Part("growth", ingest.measure_growth),
)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="short runs; 1 M instead of 10 M")
    parser.add_argument("parts", nargs="*", help=", ".join(part.name for part in PARTS))
    chosen = parser.parse_args()
    results: list[Result] = []
    with server() as url:
        for part in PARTS:
            if chosen.parts and part.name not in chosen.parts:
                continue
            console.print(f"[dim]{part.name} …[/dim]")
            results += part.run(MeteringTarget(url), chosen.quick)
    console.print(table(results))


@contextlib.contextmanager
def server() -> Iterator[str]:
    with tempfile.TemporaryDirectory(prefix="bench") as directory:
        data = Path(directory) / "pg"
        try:
            yield embedded_server.start(data)
        finally:
            embedded_server.stop(data)


def table(results: Sequence[Result]) -> Table:
    shown = Table(title="metering")
    for heading in ("what", "measured", "against", "ratio", "target", ""):
        shown.add_column(heading)
    for result in results:
        mark = "" if result.holds is None else ("[green]✔" if result.holds else "[red]✘")
        shown.add_row(*result.cells, mark)
    return shown


if __name__ == "__main__":
    main()
