"""Measurements, all or chosen ones: `python -m tests.bench [--quick] [part …]`."""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
import traceback
from collections.abc import Callable, Sequence
from importlib import import_module
from pathlib import Path

from tests.bench.result import Result, from_json, show, to_json

# Each imports what it needs, a Kafka client or none, when its turn comes.
PARTS = {
    "requests": "requests:measure",
    "ingest": "ingest:measure",
    "growth": "ingest:measure_growth",
    "credits": "credits:measure",
    "whole": "whole:measure",
    "visibility": "visibility:measure",
    "memory": "memory:measure",
    "webhooks": "webhooks:measure",
    "flood": "flood:measure",
    "rebuild": "rebuild:measure",
    "pages": "pages:measure",
    "audit": "audit:measure",
    "kafka": "kafka:measure",
}


def main() -> int:
    """The number of parts that broke off, and of figures that are worse than before."""
    chosen = _arguments()
    results: list[Result] = []
    broken = 0
    for name in chosen.parts or PARTS:
        started = time.monotonic()
        try:
            results += _part(name)(chosen.quick)
        except Exception:
            traceback.print_exc()
            broken += 1
        print(f"{name}: {time.monotonic() - started:.0f} s", file=sys.stderr, flush=True)
    before = from_json(json.loads(chosen.against.read_text())["results"]) if chosen.against else []
    if chosen.json:
        load, cores = os.getloadavg()[0], os.cpu_count()
        found = {"cores": cores, "load": load, "results": to_json(results)}
        chosen.json.write_text(json.dumps(found, indent=1) + "\n")
    return broken + show(results, before)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="fewer and shorter turns")
    parser.add_argument("--json", type=Path, help="also writes the results here")
    parser.add_argument("--against", type=Path, help="results of an earlier run to compare with")
    parser.add_argument("parts", nargs="*", help=", ".join(PARTS))
    chosen = parser.parse_args()
    if unknown := set(chosen.parts) - set(PARTS):
        parser.error(f"no such part: {', '.join(sorted(unknown))}")
    return chosen


def _part(name: str) -> Callable[[bool], Sequence[Result]]:
    module, _, function = PARTS[name].partition(":")
    found: Callable[[bool], Sequence[Result]] = getattr(
        import_module(f"tests.bench.{module}"), function
    )
    return found


if __name__ == "__main__":
    sys.exit(main())
