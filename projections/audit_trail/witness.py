"""Where signed heads are kept outside of the database: a file that is only ever added to."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path

from projections.audit_trail.heads import SignedHead, read_lines


class WitnessFile:
    """One head a line, the newest last. What another process adds is read too."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._read = 0
        self._last: dict[str, SignedHead] = {}
        self.reseals: dict[tuple[str, datetime | None], SignedHead] = {}

    def last(self) -> Mapping[str, SignedHead]:
        """The newest head of each service. Raises ValueError for a file that holds other lines:
        nothing is signed beside a witness that can't be read."""
        with self._path.open("a+", encoding="utf-8") as file:
            file.seek(self._read)
            for each in read_lines(iter(file.readline, "")):
                self._note(each)
            self._read = file.tell()
        return self._last

    def keep(self, heads: Sequence[SignedHead]) -> None:
        """On the disk when this returns."""
        with self._path.open("a", encoding="utf-8") as file:
            for each in heads:
                file.write(json.dumps(each.facts(), separators=(",", ":")) + "\n")
            file.flush()
            os.fsync(file.fileno())
        for each in heads:
            self._note(each)

    def _note(self, signed: SignedHead) -> None:
        if signed.is_newer_than(self._last.get(signed.head.service)):
            self._last[signed.head.service] = signed
        if signed.head.reason:
            self.reseals[(signed.head.service, signed.head.at)] = signed
