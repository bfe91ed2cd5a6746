"""Whether a schema may still be published under the same version.

Old consumers read new events, and new consumers read old events again when they replay. So what a
version promised stays as it is: a field is neither removed, nor renamed, nor of another type, nor
required or optional where it was not. Only optional fields may come.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

Schema = Mapping[str, Any]
WORDS_ONLY = frozenset({"title", "description", "default", "examples", "$id", "$schema", "$defs"})


def breaks(old: Schema, new: Schema) -> list[str]:
    """What the change breaks, one line each; empty when it breaks nothing."""
    return list(_compare("", old, new, old.get("$defs", {}), new.get("$defs", {})))


def _compare(path: str, old: Any, new: Any, old_defs: Schema, new_defs: Schema) -> Iterator[str]:
    old, new = _resolve(old, old_defs), _resolve(new, new_defs)
    if not isinstance(old, Mapping) or not isinstance(new, Mapping):
        if old != new:
            yield f"{path or 'the body'} was {old!r} and is {new!r}"
        return
    yield from _compare_fields(path, old, new, old_defs, new_defs)
    for word in sorted((set(old) | set(new)) - WORDS_ONLY - {"properties", "required"}):
        yield from _compare_word(path, old.get(word), new.get(word), old_defs, new_defs)


def _compare_word(
    path: str, old: Any, new: Any, old_defs: Schema, new_defs: Schema
) -> Iterator[str]:
    if isinstance(old, list) and isinstance(new, list) and len(old) == len(new):
        for one, other in zip(_sorted(old, old_defs), _sorted(new, new_defs), strict=True):
            yield from _compare(path, one, other, old_defs, new_defs)
    else:
        yield from _compare(path, old, new, old_defs, new_defs)


def _compare_fields(
    path: str, old: Schema, new: Schema, old_defs: Schema, new_defs: Schema
) -> Iterator[str]:
    before, after = old.get("properties", {}), new.get("properties", {})
    required_before, required_after = set(old.get("required", ())), set(new.get("required", ()))
    for name in before:
        field = f"{path}.{name}".lstrip(".")
        if name not in after:
            yield f"{field} is gone"
            continue
        yield from _compare(field, before[name], after[name], old_defs, new_defs)
    for name in sorted(required_before ^ required_after):
        if name in after:
            field = f"{path}.{name}".lstrip(".")
            yield f"{field} is {'now' if name in required_after else 'no longer'} required"


def _resolve(node: Any, definitions: Schema) -> Any:
    if isinstance(node, Mapping) and "$ref" in node:
        return definitions[node["$ref"].rpartition("/")[2]]
    return node


def _sorted(nodes: list[Any], definitions: Schema) -> list[Any]:
    """Alternatives and enumerations have no order."""
    return sorted((_resolve(node, definitions) for node in nodes), key=_rank)


def _rank(node: Any) -> str:
    if isinstance(node, Mapping):
        return str([node.get(word) for word in ("type", "format", "const", "enum")])
    return str(node)
