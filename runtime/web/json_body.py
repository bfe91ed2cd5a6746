"""What every JSON body must be, whoever reads it: not too deep, and of text that can be stored."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

from kernel.errors import ValidationFailed
from kernel.text import is_lines, printable

DEEPEST = 64
# A string counts as one token even where it never ends: no input is looked at twice.
_TOKEN = re.compile(rb'"(?:[^"\\]++|\\.)*+"?|[\[\]{}]', re.DOTALL)
_STEP = {b"[": 1, b"{": 1, b"]": -1, b"}": -1}


def check_json(body: bytes) -> None:
    """Raises ValidationFailed. Tabs and line ends pass: whether a field takes them is its type's
    business, and so is a body that is no JSON its reader's."""
    if not _is_utf8(body):
        raise ValidationFailed(fields=[_field("body", "is not UTF-8")])
    if _depth(body) > DEEPEST:
        raise ValidationFailed(fields=[_field("body", f"nested deeper than {DEEPEST} levels")])
    if is_suspicious(body):
        odd = next(_unstorable(_parsed(body), "body"), None)
        if odd is not None:
            raise ValidationFailed(fields=[_field(odd, "has a character that can't be stored")])


def is_suspicious(body: bytes) -> bool:
    """Whether there may be a character in it that can't be stored: JSON has them as escapes only,
    but for DEL and what begins with this byte in UTF-8."""
    return b"\\" in body or b"\x7f" in body or b"\xc2" in body


def _is_utf8(body: bytes) -> bool:
    """Readers of JSON guess UTF-16 from NULs, and let lone surrogates pass in any encoding."""
    try:
        return "\0" not in body.decode()
    except UnicodeDecodeError:
        return False


def _depth(body: bytes) -> int:
    if body.count(b"[") + body.count(b"{") <= DEEPEST:
        return 0
    depth = deepest = 0
    for token in _TOKEN.findall(body):
        depth += _STEP.get(token, 0)
        deepest = max(deepest, depth)
    return deepest


def _parsed(body: bytes) -> Any:
    try:
        return json.loads(body)
    except ValueError:
        return None


def _unstorable(node: Any, path: str) -> Iterator[str]:
    """The paths of strings, keys too, that can't be stored."""
    if isinstance(node, str):
        if not is_lines(node):
            yield path
    elif isinstance(node, dict):
        for key, value in node.items():
            if not is_lines(key):
                yield f"{path}.{key}"
            yield from _unstorable(value, f"{path}.{key}")
    elif isinstance(node, list):
        for number, item in enumerate(node):
            yield from _unstorable(item, f"{path}.{number}")


def _field(path: str, message: str) -> dict[str, str]:
    return {"field": printable(path), "message": message}
