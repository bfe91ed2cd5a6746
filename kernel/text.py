"""Text that PostgreSQL, JSON and a line of a log can hold."""

from __future__ import annotations

import re

# As patterns of JSON Schema: one line, and paragraphs. Lone surrogates have no UTF-8, so that a
# reader of patterns that is strict about Unicode never sees them.
LINE = r"^[^\x00-\x1f\x7f-\x9f]*$"
LINES = r"^[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]*$"
_NOT_IN_A_LINE = re.compile("[\x00-\x1f\x7f-\x9f\ud800-\udfff]")
_NOT_IN_LINES = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff]")


def is_line(text: str) -> bool:
    """No control character (NUL, tab and line ends are some) and no lone surrogate."""
    return _NOT_IN_A_LINE.search(text) is None


def is_lines(text: str) -> bool:
    """Like `is_line`, but tabs and line ends may stand in it."""
    return _NOT_IN_LINES.search(text) is None


def printable(text: str) -> str:
    """The same text with a replacement character for each that can't be stored."""
    return _NOT_IN_A_LINE.sub("\ufffd", text)


def searchable(text: str) -> str:
    """The form in which words are stored and looked for."""
    return text.casefold()
