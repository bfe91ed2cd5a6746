"""What a verification finds, and of which kind each difference is."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Literal

Kind = Literal[
    "altered",
    "removed",
    "inserted",
    "reordered",
    "ledger_altered",
    "ledger_removed",
    "checkpoint_invalid",
    "checkpoint_missing",
    "head_contradicted",
    "tree_altered",
    "workspaces_contradicted",
    "webhook_altered",
    "key_altered",
    "key_returned",
]
# Of more differences than this only the first are told apart by kind.
MOST_COMPARED = 100_000
MOST_SHOWN = 100
Identity = tuple[str, int]


@dataclass(frozen=True, slots=True)
class Finding:
    """`sequence` is where in the service's log; for checkpoints the last sequence they cover."""

    service: str
    sequence: int
    kind: Kind
    detail: str

    @property
    def event(self) -> str:
        return f"{self.service}:{self.sequence}"


@dataclass(slots=True)
class Checked:
    """`events` were compared behind sequence `since` up to `upto`. Of `found` differences the
    first are listed."""

    service: str
    since: int
    upto: int = 0
    events: int = 0
    checkpoints: int = 0
    found: int = 0
    findings: list[Finding] = field(default_factory=list)

    def add(self, finding: Finding) -> None:
        self.found += 1
        if len(self.findings) < MOST_SHOWN:
            self.findings.append(finding)

    @property
    def intact(self) -> bool:
        return not self.found


@dataclass(slots=True)
class Differences:
    """Places where store and ledger disagree on which event (stream and version) stands there."""

    service: str
    stored: dict[int, Identity] = field(default_factory=dict)
    recorded: dict[int, Identity] = field(default_factory=dict)

    def note(self, sequence: int, stored: Identity | None, recorded: Identity | None) -> None:
        if len(self.stored) + len(self.recorded) >= MOST_COMPARED:
            return
        if stored is not None:
            self.stored[sequence] = stored
        if recorded is not None:
            self.recorded[sequence] = recorded

    def findings(self) -> Iterator[Finding]:
        """An event that stands elsewhere than it was recorded was reordered; what is left was
        inserted, removed, or replaced by another."""
        places = {identity: sequence for sequence, identity in self.recorded.items()}
        present = set(self.stored.values())
        for sequence in sorted({*self.stored, *self.recorded}):
            yield from self._at(sequence, places, present)

    def _at(
        self, sequence: int, places: Mapping[Identity, int], present: set[Identity]
    ) -> Iterator[Finding]:
        stored, recorded = self.stored.get(sequence), self.recorded.get(sequence)
        if stored is not None and stored in places:
            detail = f"{_named(stored)} was recorded as {self.service}:{places[stored]}"
            yield Finding(self.service, sequence, "reordered", detail)
        elif stored is not None and recorded is not None and recorded not in present:
            detail = f"{_named(recorded)} was replaced by {_named(stored)}"
            yield Finding(self.service, sequence, "altered", detail)
        elif stored is not None:
            detail = f"{_named(stored)} was never recorded here"
            yield Finding(self.service, sequence, "inserted", detail)
        elif recorded is not None and recorded not in present:
            detail = f"{_named(recorded)} is gone from the event store"
            yield Finding(self.service, sequence, "removed", detail)


def _named(identity: Identity) -> str:
    return f"event {identity[1]} of stream {identity[0]}"
