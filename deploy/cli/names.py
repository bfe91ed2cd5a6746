"""Names that a command is given: one that there is not ends it with 1, and what was meant."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches

from deploy.settings import ConfigurationError

MOST_NAMED = 20


class UnknownName(Exception):
    """There is nothing of that name."""

    def __init__(self, given: str, kind: str, names: Iterable[str]) -> None:
        super().__init__(f"there is no {kind} {given!r}{_hint(given, sorted(names))}")


def known(given: str, kind: str, names: Iterable[str]) -> str:
    """Raises UnknownName. `kind` is what it names, for people."""
    listed = list(names)
    if given not in listed:
        raise UnknownName(given, kind, listed)
    return given


def choice(given: str, kind: str, names: Iterable[str]) -> str:
    """The same of words that belong to the command line: another one is wrong use of it. Raises
    ConfigurationError."""
    try:
        return known(given, kind, names)
    except UnknownName as error:
        raise ConfigurationError(str(error)) from error


def _hint(given: str, names: list[str]) -> str:
    if near := get_close_matches(given, names, 3, 0.6):
        return f": did you mean {' or '.join(near)}?"
    more = " …" if len(names) > MOST_NAMED else ""
    return f": there is {', '.join(names[:MOST_NAMED])}{more}" if names else ""
