"""Whose is what, as a CSV file says: workspaces by subscription or customer, plans by price."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path

from services.billing.application.cutover.survey import Assignments

# What a row names, and what it says of it.
SAYS = {"subscription": "workspace", "customer": "workspace", "price": "plan"}


class NotAMap(Exception):
    """One line: the file, or a line of it, can't be read."""


def read_map(path: Path) -> Assignments:
    """Columns `subscription`, `customer`, `price`, `workspace` and `plan`, as many as are needed.
    Each row names one of the first three and what belongs to it. Raises NotAMap."""
    said: dict[str, dict[str, str]] = {name: {} for name in SAYS}
    try:
        for place, given in _rows(path):
            kind, ref, value = _row(given, place)
            if said[kind].setdefault(ref, value) != value:
                raise NotAMap(f"{place}: {ref} has another {SAYS[kind]} above")
    except (UnicodeDecodeError, csv.Error) as error:
        raise NotAMap(f"{path}: no CSV in UTF-8: {error}") from error
    return Assignments(
        subscriptions=said["subscription"], customers=said["customer"], prices=said["price"]
    )


def _rows(path: Path) -> Iterator[tuple[str, dict[str, str]]]:
    """What the cells of each row hold, and where it stands."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        reader = csv.DictReader(file)
        if unknown := set(reader.fieldnames or ()) - {*SAYS, *SAYS.values()}:
            raise NotAMap(f"{path}: {', '.join(sorted(unknown))} is no column")
        for row in reader:
            place = f"{path}:{reader.line_num}"
            if None in row:
                raise NotAMap(f"{place}: has more cells than there are names")
            yield place, {name: text.strip() for name, text in row.items() if text}


def _row(given: dict[str, str], place: str) -> tuple[str, str, str]:
    kinds = [name for name in SAYS if name in given]
    if len(kinds) != 1:
        raise NotAMap(f"{place}: names not one of {', '.join(SAYS)}")
    wanted = SAYS[kinds[0]]
    if set(given) != {kinds[0], wanted}:
        raise NotAMap(f"{place}: a {kinds[0]} needs a {wanted} and nothing else")
    return kinds[0], given[kinds[0]], given[wanted]
