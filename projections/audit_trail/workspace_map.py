"""What each log holds of each workspace, under one root: that a bundle leaves nothing out is proven
without showing anybody else's events."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from projections.audit_trail.canonical import hexadecimal, hexadecimals, integer
from projections.audit_trail.chain import ORIGIN, link
from projections.audit_trail.log_tree import BEFORE_ALL
from projections.audit_trail.merkle import EMPTY_ROOT, leaf, root_of
from projections.audit_trail.proofs import includes, inclusion
from projections.audit_trail.statements import TREE_SQL
from runtime.postgres.database import Cursor

BATCH = 16_384


def key_of(workspace: str) -> bytes:
    return sha256(workspace.encode()).digest()


@dataclass(frozen=True, slots=True)
class Held:
    """So many events of a workspace, and the hash of the chain over their leaves alone."""

    events: int = 0
    hash: bytes = ORIGIN

    def add(self, new_leaf: bytes) -> Held:
        return Held(self.events + 1, link(self.hash, new_leaf))

    @property
    def value(self) -> bytes:
        return sha256(f"{self.events}\n{self.hash.hex()}".encode()).digest()


NOTHING = Held()


@dataclass(frozen=True, slots=True)
class Shown:
    """A place of the map, with its proof: of others than the bundle's workspace, hashes only."""

    index: int
    key: bytes
    value: bytes
    proof: Sequence[bytes]

    def facts(self) -> dict[str, Any]:
        proof = [each.hex() for each in self.proof]
        shown = {"index": self.index, "key": self.key.hex(), "value": self.value.hex()}
        return {**shown, "proof": proof}

    @classmethod
    def of(cls, facts: Mapping[str, Any]) -> Shown:
        return cls(
            integer(facts["index"]),
            hexadecimal(facts["key"]),
            hexadecimal(facts["value"]),
            hexadecimals(facts["proof"]),
        )


@dataclass(frozen=True, slots=True)
class MapProof:
    """`tree_root`: of the Merkle tree over the `size` places of the map, by key."""

    size: int
    tree_root: bytes
    shown: Sequence[Shown]

    @property
    def is_empty(self) -> bool:
        return (self.size, self.tree_root) == (0, EMPTY_ROOT)

    def facts(self) -> dict[str, Any]:
        places = [each.facts() for each in self.shown]
        return {"size": self.size, "tree_root": self.tree_root.hex(), "shown": places}

    @classmethod
    def of(cls, facts: Mapping[str, Any]) -> MapProof:
        shown = [Shown.of(each) for each in facts["shown"]]
        return cls(integer(facts["size"]), hexadecimal(facts["tree_root"]), shown)


class WorkspaceMap:
    """Of one log, by the hash of the workspace's id."""

    def __init__(self, held: Mapping[bytes, Held]) -> None:
        self._held = held
        self._keys = sorted(held)
        self._leaves = [_leaf(key, held[key].value) for key in self._keys]

    @property
    def root(self) -> bytes:
        return _sized(len(self._keys), self._tree_root)

    @property
    def _tree_root(self) -> bytes:
        return root_of(self._leaves) if self._leaves else EMPTY_ROOT

    def show(self, workspace: str) -> MapProof:
        """The workspace's place; of one that has no events, those on both sides of it."""
        key = key_of(workspace)
        place = bisect_left(self._keys, key)
        places = [place] if key in self._held else [place - 1, place]
        size = len(self._keys)
        shown = [self._shown(each) for each in places if 0 <= each < size]
        return MapProof(size, self._tree_root, shown)

    def _shown(self, index: int) -> Shown:
        proof = inclusion(
            index, len(self._keys), lambda start, end: root_of(self._leaves[start:end])
        )
        key = self._keys[index]
        return Shown(index, key, self._held[key].value, proof)


def holds(root: bytes, proven: MapProof, workspace: str, held: Held) -> bool:
    """Whether the map under this root has exactly that of the workspace."""
    if _sized(proven.size, proven.tree_root) != root:
        return False
    shown, key = proven.shown, key_of(workspace)
    if not all(_is_proven(each, proven) for each in shown):
        return False
    if held.events:
        return [(each.key, each.value) for each in shown] == [(key, held.value)]
    return _is_absent(key, proven.size, shown) and (bool(proven.size) or proven.is_empty)


def _is_absent(key: bytes, size: int, shown: Sequence[Shown]) -> bool:
    """Whether what is shown are the two places that it would stand between."""
    before = [each for each in shown if each.key < key]
    after = [each for each in shown if each.key > key]
    if [*before, *after] != list(shown) or max(len(before), len(after)) > 1:
        return False
    last = before[0].index if before else -1
    return last + 1 == (after[0].index if after else size)


def _is_proven(shown: Shown, proven: MapProof) -> bool:
    made = _leaf(shown.key, shown.value)
    return includes(made, shown.index, proven.size, shown.proof, proven.tree_root)


def _leaf(key: bytes, value: bytes) -> bytes:
    return sha256(b"\0" + key + value).digest()


def _sized(size: int, root: bytes) -> bytes:
    return sha256(b"\2" + size.to_bytes(8, "big") + root).digest()


def map_of(cursor: Cursor, service: str, upto: int) -> WorkspaceMap:
    """As the ledger has it, up to this sequence."""
    held: dict[bytes, Held] = {}
    _extend(cursor, service, held, BEFORE_ALL, upto)
    return WorkspaceMap(held)


def grown_map(cursor: Cursor, service: str, upto: int, known: bytes) -> WorkspaceMap:
    """What is kept of the map that was signed as `known`, and what came since; made anew from the
    ledger where it is not that one. The caller has locked the log's tree."""
    rows = cursor.execute(TREE_SQL["workspace_map"], {"service": service}).fetchall()
    held = {bytes(row["key"]): Held(row["events"], bytes(row["hash"])) for row in rows}
    after = max((row["last_sequence"] for row in rows), default=BEFORE_ALL)
    if not known or WorkspaceMap(held).root != known:
        cursor.execute(TREE_SQL["forget_workspace_map"], {"service": service})
        held, after = {}, BEFORE_ALL
    changed = _extend(cursor, service, held, after, upto)
    cursor.executemany(
        TREE_SQL["set_workspace_map"],
        [
            (service, key, held[key].events, held[key].hash, sequence)
            for key, sequence in changed.items()
        ],
    )
    return WorkspaceMap(held)


def _extend(
    cursor: Cursor, service: str, held: dict[bytes, Held], after: int, upto: int
) -> Mapping[bytes, int]:
    """By the hash of each workspace that has events there: the last one's sequence."""
    changed: dict[bytes, int] = {}
    bounds = {"service": service, "upto": upto, "rows": BATCH}
    while rows := cursor.execute(
        TREE_SQL["leaves_by_workspace"], {**bounds, "after": after}
    ).fetchall():
        for row in rows:
            key = key_of(row["workspace"])
            new_leaf = leaf(bytes(row["digest"]), row["recorded_at"])
            held[key] = held.get(key, NOTHING).add(new_leaf)
            changed[key] = row["sequence"]
        after = rows[-1]["sequence"]
    return changed
