"""Variables that look like settings and are none: a misspelt one would silently do nothing."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterator
from difflib import get_close_matches
from pathlib import Path

from dotenv import dotenv_values

PREFIX = "BILLING_"
DOTENV = Path(".env")
# Of the tests, which start processes in their own environment.
FOREIGN = frozenset({"BILLING_REQUIRE_BROWSER"})


def unknown_variables(fields: Collection[str]) -> Iterator[str]:
    """A line for each, of the environment and of `.env`, with what was probably meant."""
    known = {f"{PREFIX}{name.upper()}" for name in fields}
    for place, names in (("", os.environ), (f" in {DOTENV}", _dotenv_names())):
        for name in sorted(names):
            if name.upper().startswith(PREFIX) and name.upper() not in known | FOREIGN:
                yield f"{name}{place} is not a setting{suggestion(name.upper(), known)}"


def _dotenv_names() -> list[str]:
    """None of an unreadable file: reading the settings tells about it."""
    try:
        return list(dotenv_values(DOTENV)) if DOTENV.is_file() else []
    except (OSError, ValueError):
        return []


def suggestion(name: str, known: Collection[str]) -> str:
    near = get_close_matches(name, known, 1, 0.6)
    return f": did you mean {near[0]}?" if near else ""
