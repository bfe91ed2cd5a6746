"""Proofs of RFC 6962, section 2.1: that a leaf is in a tree, and that a tree only grew."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from projections.audit_trail.merkle import node, split

# The root over the leaves from the first index up to, and without, the second.
Subtree = Callable[[int, int], bytes]


def inclusion(index: int, size: int, subtree: Subtree) -> list[bytes]:
    """What leads from the leaf at `index` to the root over `size` leaves, bottom up."""
    return list(_path(index, 0, size, subtree))[::-1]


def _path(index: int, start: int, end: int, subtree: Subtree) -> Iterator[bytes]:
    while end - start > 1:
        middle = start + split(end - start)
        if index < middle:
            yield subtree(middle, end)
            end = middle
        else:
            yield subtree(start, middle)
            start = middle


def consistency(first: int, second: int, subtree: Subtree) -> list[bytes]:
    """What shows that the first `first` of `second` leaves are those of the smaller tree."""
    if not 0 < first < second:
        return []
    return list(_grown(first, second, subtree))[::-1]


def _grown(first: int, second: int, subtree: Subtree) -> Iterator[bytes]:
    start, end, whole = 0, second, True
    while first < end:
        middle = start + split(end - start)
        if first <= middle:
            yield subtree(middle, end)
            end = middle
        else:
            yield subtree(start, middle)
            start, whole = middle, False
    if not whole:
        yield subtree(start, end)


def includes(leaf: bytes, index: int, size: int, proof: Sequence[bytes], root: bytes) -> bool:
    """Whether the proof leads from the leaf to the root."""
    if not 0 <= index < size:
        return False
    place, last, made = index, size - 1, leaf
    for each in proof:
        if not last:
            return False
        if place & 1 or place == last:
            made = node(each, made)
            while place and not place & 1:
                place, last = place >> 1, last >> 1
        else:
            made = node(made, each)
        place, last = place >> 1, last >> 1
    return not last and made == root


def is_consistent(
    first: int, second: int, first_root: bytes, second_root: bytes, proof: Sequence[bytes]
) -> bool:
    """Whether the tree of `second` leaves begins with that of `first` leaves."""
    if first == second:
        return first_root == second_root and not proof
    if not 0 < first < second:
        return False
    path = list(proof) if first & (first - 1) else [first_root, *proof]
    place, last = first - 1, second - 1
    while place & 1:
        place, last = place >> 1, last >> 1
    if not path:
        return False
    older = newer = path[0]
    for each in path[1:]:
        if not last:
            return False
        if place & 1 or place == last:
            older, newer = node(each, older), node(each, newer)
            while place and not place & 1:
                place, last = place >> 1, last >> 1
        else:
            newer = node(newer, each)
        place, last = place >> 1, last >> 1
    return not last and older == first_root and newer == second_root
