"""Where signed heads are kept outside of the database: files that are only ever added to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Protocol

from projections.audit_trail.heads import SignedHead, read_lines
from projections.audit_trail.json_lines import JsonLines

Reseals = Mapping[tuple[str, datetime | None], SignedHead]


class Witness(Protocol):
    """`reseals` are those of what was read by `last`."""

    @property
    def reseals(self) -> Reseals: ...

    def last(self) -> Mapping[str, SignedHead]: ...

    def all(self) -> list[SignedHead]: ...

    def keep(self, heads: Sequence[SignedHead]) -> None: ...


class Witnesses:
    """Several, of which each is told of every head: what one has lost, another still tells."""

    def __init__(self, witnesses: Sequence[Witness]) -> None:
        self._witnesses = witnesses

    @property
    def reseals(self) -> Reseals:
        return {name: each for one in self._witnesses for name, each in one.reseals.items()}

    def last(self) -> Mapping[str, SignedHead]:
        newest: dict[str, SignedHead] = {}
        for service, each in (pair for one in self._witnesses for pair in one.last().items()):
            if each.is_newer_than(newest.get(service)):
                newest[service] = each
        return newest

    def all(self) -> list[SignedHead]:
        return [each for one in self._witnesses for each in one.all()]

    def keep(self, heads: Sequence[SignedHead]) -> None:
        for each in self._witnesses:
            each.keep(heads)


class WitnessFile:
    """One head a line, the newest last. What another process adds is read too."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lines = JsonLines(path)
        self._last: dict[str, SignedHead] = {}
        self.reseals: dict[tuple[str, datetime | None], SignedHead] = {}

    def last(self) -> Mapping[str, SignedHead]:
        """The newest head of each service. Raises ValueError for a file that holds other lines:
        nothing is signed beside a witness that can't be read."""
        for each in read_lines(self._lines.new()):
            self._note(each)
        return self._last

    def all(self) -> list[SignedHead]:
        return list(read_lines(JsonLines(self._path).new()))

    def keep(self, heads: Sequence[SignedHead]) -> None:
        """On the disk when this returns."""
        self._lines.add(each.facts() for each in heads)
        for each in heads:
            self._note(each)

    def _note(self, signed: SignedHead) -> None:
        if signed.is_newer_than(self._last.get(signed.head.service)):
            self._last[signed.head.service] = signed
        if signed.head.reason:
            self.reseals[(signed.head.service, signed.head.at)] = signed
