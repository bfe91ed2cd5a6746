"""Ids of what Stripe's expandable fields name."""

from __future__ import annotations

from typing import Protocol


class Named(Protocol):
    @property
    def id(self) -> str: ...


def reference(named: Named | str | None) -> str:
    """Expanded or not; empty for nothing."""
    if named is None or isinstance(named, str):
        return named or ""
    return named.id


def quoted(value: str) -> str:
    """For a single-quoted string of Stripe's search language."""
    return value.replace("\\", "\\\\").replace("'", "\\'")
