"""Proves that a service's stored history is the one that was recorded, or finds where it is not."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from projections.audit_trail.chain import Chain, Checkpoint, Signer
from projections.audit_trail.findings import Checked, Differences, Finding, Kind
from projections.audit_trail.projector import COLUMNS, entry
from projections.audit_trail.statements import SQL
from projections.audit_trail.verified_heads import VerifiedHead
from runtime.eventstore.recorder import RecordedEvent
from runtime.feed.feed import Publisher
from runtime.postgres.database import Database, Row
from runtime.readmodels.shadow import Progress

# What lies beside a service's log, against these events of it.
Beside = Callable[[str, Sequence[RecordedEvent]], Sequence[Finding]]
BATCH = 5_000
BEFORE_ALL = -(1 << 62)


class ChainCheck:
    """Walks a service's event store and its ledger side by side, from the last verified checkpoint
    (`verified`) or from the beginning, up to what the ledger has recorded by now."""

    def __init__(
        self,
        database: Database,
        publisher: Publisher[Any],
        signer: Signer,
        verified: VerifiedHead | None,
        beside: Beside,
    ) -> None:
        self._database = database
        self._publisher = publisher
        self._signer = signer
        self._service = publisher.store.service
        self._verified = verified
        self._beside = beside
        self._chain = verified.chain() if verified else Chain(self._service)
        self._differences = Differences(self._service)
        self._checked = Checked(self._service, self._chain.sequence)
        self._closed: Checkpoint | None = None

    def run(self, progress: Progress) -> Checked:
        head = self._head()
        upto = int(head["sequence"])
        self._check_earlier_signatures()
        self._checked.upto = upto
        for stored, recorded in self._windows(upto):
            self._compare(stored, recorded)
            self._follow_chain(recorded)
            for finding in self._beside(self._service, stored):
                self._checked.add(finding)
            progress(self._checked.events, max(0, int(head["events"]) - self._begun))
        self._compare_head(head)
        for finding in self._differences.findings():
            self._checked.add(finding)
        self._checked.findings.sort(key=lambda finding: finding.sequence)
        return self._checked

    def next_head(self) -> VerifiedHead | None:
        """Where the next verification may begin: the last checkpoint that was passed."""
        return VerifiedHead.at(self._closed) if self._closed is not None else self._verified

    @property
    def _begun(self) -> int:
        return self._verified.events if self._verified else 0

    def _head(self) -> Row:
        rows = self._database.rows(SQL["chain"], {"service": self._service})
        return rows[0] if rows else Chain(self._service).saved()

    def _windows(self, upto: int) -> Iterator[tuple[list[RecordedEvent], list[Row]]]:
        """Both sides over the same stretches of the log. Before the first event there is nothing
        lawful, so a walk from the beginning looks there too."""
        after = self._chain.sequence if self._verified else BEFORE_ALL
        while after < upto:
            stored = self._publisher.store.read(after, BATCH)
            last = min(stored[-1].sequence, upto) if len(stored) == BATCH else upto
            recorded = self._database.rows(
                SQL["recorded"], {"service": self._service, "after": after, "upto": last}
            )
            yield [event for event in stored if event.sequence <= last], recorded
            after = last

    def _compare(self, stored: Sequence[RecordedEvent], recorded: Sequence[Row]) -> None:
        ledger = {row["sequence"]: row for row in recorded}
        self._checked.events += len(recorded)
        for event in stored:
            kept = ledger.pop(event.sequence, None)
            identity = (event.stream, event.version)
            if kept is None:
                self._differences.note(event.sequence, identity, None)
            elif identity != (kept["stream"], kept["version"]):
                self._differences.note(event.sequence, identity, (kept["stream"], kept["version"]))
            else:
                self._compare_one(event, kept)
        for sequence, kept in ledger.items():
            self._differences.note(sequence, None, (kept["stream"], kept["version"]))

    def _compare_one(self, event: RecordedEvent, kept: Row) -> None:
        if bytes.fromhex(event.digest) != kept["digest"]:
            self._found(event.sequence, "altered", "the stored event is not what was recorded")
        elif event.recorded_at != kept["recorded_at"]:
            self._found(event.sequence, "altered", "its time of recording was changed")
        else:
            published = entry(self._publisher.publish(self._publisher.store, event))
            expected = dict(zip(COLUMNS, published, strict=True))
            expected["data"] = json.loads(expected["data"])
            changed = [name for name in COLUMNS if expected[name] != kept[name]]
            if changed:
                detail = f"the ledger tells another {', '.join(changed)} than the stored event"
                self._found(event.sequence, "ledger_altered", detail)

    def _follow_chain(self, recorded: Sequence[Row]) -> None:
        """After a break the walk goes on from the hash that stands there, to find further ones."""
        expected = self._checkpoints(recorded)
        for kept in recorded:
            sequence = kept["sequence"]
            closed = self._chain.add(sequence, kept["digest"], kept["recorded_at"])
            if self._chain.hash != kept["hash"]:
                detail = "the chain of hashes breaks: the ledger was altered here or just before"
                self._found(sequence, "ledger_altered", detail)
                self._chain.hash = bytes(kept["hash"])
            if closed is not None:
                self._check(closed, expected.get(closed.number))

    def _checkpoints(self, recorded: Sequence[Row]) -> Mapping[int, Row]:
        if not recorded:
            return {}
        bounds = {"first": recorded[0]["sequence"], "last": recorded[-1]["sequence"]}
        rows = self._database.rows(SQL["checkpoints_between"], {"service": self._service, **bounds})
        return {row["number"]: row for row in rows}

    def _check(self, expected: Checkpoint, kept: Row | None) -> None:
        self._checked.checkpoints += 1
        self._closed = expected
        if kept is None:
            detail = f"checkpoint {expected.number} is missing or covers other events"
            self._found(expected.last_sequence, "checkpoint_missing", detail)
            return
        found = Checkpoint.of(kept)
        if found != expected:
            detail = (
                f"checkpoint {expected.number} was signed over other events between "
                f"{expected.first_sequence} and {expected.last_sequence}"
            )
            self._found(expected.last_sequence, "checkpoint_invalid", detail)
        else:
            self._check_signature(found, kept)

    def _check_signature(self, found: Checkpoint, kept: Row) -> None:
        if self._signer.signed_by(found.text, kept["signature"]) is None:
            detail = f"the signature of checkpoint {found.number} is not ours"
            self._found(found.last_sequence, "checkpoint_invalid", detail)

    def _check_earlier_signatures(self) -> None:
        """Of the checkpoints behind which this walk begins."""
        if self._verified:
            bounds = {"first": 0, "last": self._verified.sequence}
            query = {"service": self._service, **bounds}
            for kept in self._database.rows(SQL["checkpoints_between"], query):
                self._check_signature(Checkpoint.of(kept), kept)

    def _compare_head(self, head: Row) -> None:
        kept = (head["events"], bytes(head["hash"]), head["checkpoints"])
        if kept != (self._chain.events, self._chain.hash, self._chain.checkpoints):
            detail = f"the ledger ends otherwise: {self._chain.events} of {head['events']} events"
            self._found(int(head["sequence"]), "ledger_removed", detail)

    def _found(self, sequence: int, kind: Kind, detail: str) -> None:
        self._checked.add(Finding(self._service, sequence, kind, detail))
