"""The growing Merkle tree over a service's log: an append-only store of its own, which the ledger
and the event store are checked against, and which no rebuild of a read model touches."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Self

from projections.audit_trail.merkle import EMPTY_ROOT, SIZE, Tree, leaf, node, root_of, split
from projections.audit_trail.statements import TREE_SQL
from runtime.postgres.database import Cursor, Multirange, Range, Row

TILE = 1_024
BATCH = 16 * TILE
BEFORE_ALL = -(1 << 62)


@dataclass(slots=True)
class Edge:
    """Where a tree may grow on: the roots of its complete subtrees, those of the last tile, which
    is not full yet, apart."""

    tiles: Tree
    open: Tree

    @classmethod
    def unpack(cls, size: int, packed: bytes) -> Self:
        tiles, rest = divmod(size, TILE)
        behind = tiles.bit_count() * SIZE
        return cls(Tree.unpack(tiles, packed[:behind]), Tree.unpack(rest, packed[behind:]))

    def pack(self) -> bytes:
        return self.tiles.pack() + self.open.pack()

    @property
    def size(self) -> int:
        return self.tiles.count * TILE + self.open.count

    def add(self, new_leaf: bytes) -> bytes | None:
        """The root of the tile that the leaf completes."""
        self.open.add(new_leaf)
        if self.open.count < TILE:
            return None
        tile = self.open.root()
        self.tiles.add(tile)
        self.open = Tree()
        return tile

    def root(self) -> bytes:
        return Tree(self.size, [*self.tiles.frontier, *self.open.frontier]).root()


@dataclass(frozen=True, slots=True)
class Planted:
    """A leaf of the tree, and the sequence of its event."""

    index: int
    sequence: int
    leaf: bytes


class LogTree:
    """`growth` counts how often the tree had to begin anew. What is read is what the cursor's
    transaction sees."""

    def __init__(
        self, cursor: Cursor, service: str, growth: int, edge: Edge, last_sequence: int
    ) -> None:
        self._cursor = cursor
        self._service, self._growth = service, growth
        self._edge = edge
        self._after = last_sequence
        self._tiles: list[bytes] = []

    @classmethod
    def of(cls, cursor: Cursor, service: str) -> Self:
        """As it stands."""
        found = cursor.execute(TREE_SQL["last_stretch"], {"service": service}).fetchone()
        if found is None:
            return cls(cursor, service, 0, Edge(Tree(), Tree()), BEFORE_ALL)
        edge = Edge.unpack(found["size"], bytes(found["edge"]))
        return cls(cursor, service, found["growth"], edge, found["last_sequence"])

    def anew(self) -> LogTree:
        """One that begins again from the first event, beside what stands."""
        edge = Edge(Tree(), Tree())
        return LogTree(self._cursor, self._service, self._growth + 1, edge, BEFORE_ALL)

    @property
    def size(self) -> int:
        return self._edge.size

    def grow(self, upto: int) -> None:
        """Adds what the ledger holds up to this sequence. The caller has locked the tree."""
        while rows := self._rows("unplanted", after=self._after, upto=upto, rows=BATCH):
            while rows:
                room = TILE - self._edge.open.count
                self._add(rows[:room])
                rows = rows[room:]

    def _add(self, rows: Sequence[Row]) -> None:
        """One stretch, within a tile."""
        start, tile = self.size, None
        leaves = [leaf(bytes(row["digest"]), row["recorded_at"]) for row in rows]
        for each in leaves:
            tile = self._edge.add(each)
        self._after = rows[-1]["sequence"]
        values = {
            "start": start,
            "events": len(rows),
            "last_sequence": self._after,
            "sequences": _ranges([row["sequence"] for row in rows]),
            "leaves": b"".join(leaves),
            "edge": self._edge.pack(),
            "tile": tile,
        }
        self._cursor.execute(TREE_SQL["add_stretch"], self._named(values))

    def root(self, size: int) -> bytes:
        if size == self.size:
            return self._edge.root()
        return self.subtree(0, size) if size else EMPTY_ROOT

    def subtree(self, start: int, end: int) -> bytes:
        """The root over these leaves, which are a subtree's of the log's tree."""
        if end - start > TILE:
            middle = start + split(end - start)
            return node(self.subtree(start, middle), self.subtree(middle, end))
        tile = start // TILE
        if end - start == TILE and tile < len(self._all_tiles()):
            return self._all_tiles()[tile]
        return root_of(self._leaves_of(tile)[start - tile * TILE : end - tile * TILE])

    def _all_tiles(self) -> list[bytes]:
        if len(self._tiles) < self._edge.tiles.count:
            self._tiles = [bytes(row["tile"]) for row in self._rows("tiles")]
        return self._tiles

    def _leaves_of(self, tile: int) -> list[bytes]:
        rows = self._rows("tile_leaves", first=tile * TILE, behind=(tile + 1) * TILE)
        return _cut(b"".join(bytes(row["leaves"]) for row in rows))

    def find(self, sequence: int) -> Planted | None:
        """The leaf of the event at this position of the log."""
        for row in self._rows("stretch_of", sequence=sequence):
            for each in _planted(row):
                if each.sequence == sequence:
                    return each
        return None

    def leaves(self, start: int) -> Iterator[list[Planted]]:
        """From this index on, in stretches."""
        while rows := self._rows("stretches", first=start, rows=16):
            for row in rows:
                yield [each for each in _planted(row) if each.index >= start]
            start = rows[-1]["start"] + rows[-1]["events"]

    def _rows(self, query: str, **values: object) -> list[Row]:
        return self._cursor.execute(TREE_SQL[query], self._named(values)).fetchall()

    def _named(self, values: Mapping[str, object]) -> dict[str, object]:
        return {"service": self._service, "growth": self._growth, **values}


def _planted(row: Row) -> Iterator[Planted]:
    sequences = (each for span in row["sequences"] for each in range(span.lower, span.upper))
    places = range(row["start"], row["start"] + row["events"])
    for place, sequence, found in zip(places, sequences, _cut(row["leaves"]), strict=False):
        yield Planted(place, sequence, found)


def _cut(leaves: bytes) -> list[bytes]:
    return [leaves[at : at + SIZE] for at in range(0, len(leaves), SIZE)]


def _ranges(sequences: Sequence[int]) -> Multirange[int]:
    """Of rising numbers."""
    spans: list[Range[int]] = []
    first = last = sequences[0]
    for each in sequences[1:]:
        if each != last + 1:
            spans.append(Range(first, last + 1))
            first = each
        last = each
    return Multirange([*spans, Range(first, last + 1)])
