"""Named SQL: a `queries.sql` beside its user, a `-- name: <name>` line before each statement."""

from __future__ import annotations

import re
from pathlib import Path

_NAME = re.compile(r"^-- name: (\w+)\s*$", re.MULTILINE)


def load_queries(path: Path) -> dict[str, bytes]:
    """Statements by name, as the driver takes them. ValueError when a name is given twice."""
    parts = _NAME.split(path.read_text(encoding="utf-8"))
    names, statements = parts[1::2], parts[2::2]
    if len(set(names)) != len(names):
        raise ValueError(f"{path} names a query twice")
    return {name: text.strip().encode() for name, text in zip(names, statements, strict=True)}
