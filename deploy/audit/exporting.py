"""Writes what happened to one workspace, with its proofs, into a directory."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from deploy.audit.bundle import (
    CHECKPOINTS,
    EVENTS,
    FIGURES,
    FORMAT,
    HEADS,
    KEYS_FORMAT,
    MANIFEST,
    SIGNATURE,
    WHOLE_FORMAT,
    Proven,
    Whole,
    content_of,
    encode,
    file_facts,
)
from deploy.audit.published import PUBLISHED
from projections.audit_trail.auditing import Auditor, Watch, unwatched
from projections.audit_trail.chain import Checkpoint, Signer, key_id
from projections.audit_trail.figures import Fact, Figures
from projections.audit_trail.heads import SignedHead
from projections.audit_trail.ledger import Ledger
from projections.audit_trail.merkle import leaf, proof_of
from projections.audit_trail.projector import SERVICES
from runtime.eventstore.store import EventStore
from runtime.postgres.database import Row
from runtime.readmodels.shadow import Progress


class HistoryAltered(Exception):
    """History is not what was recorded: nothing is exported."""


def require_intact(auditor: Auditor, watch: Watch = unwatched) -> None:
    """Raises HistoryAltered. All of history is compared: of what was hidden from a workspace, the
    workspace's own events tell nothing. What then is exported is under a head of its own time."""
    report = auditor.verify(full=True, replay=False, watch=watch)
    for chain in report.chains:
        for found in chain.findings:
            raise HistoryAltered(f"{found.event} {found.kind}: {found.detail}")
    auditor.heads.sign_due()


@dataclass(frozen=True, slots=True)
class _Signed:
    checkpoint: Checkpoint
    signature: bytes
    public_key: bytes


class Export:
    """One bundle, whole as far as these heads reach. Its directory must not exist yet, or be
    empty."""

    def __init__(
        self,
        workspace: str,
        directory: Path,
        ledger: Ledger,
        stores: Mapping[str, EventStore],
        signer: Signer,
        heads: Mapping[str, SignedHead],
    ) -> None:
        self._workspace = workspace
        self._directory = directory
        self._ledger = ledger
        self._stores = stores
        self._signer = signer
        self._heads = [heads[service] for service in SERVICES if service in heads]
        self._sequences: dict[str, list[int]] = {service: [] for service in SERVICES}
        self._figures = Figures()
        self._signed: list[_Signed] = []

    def write(self, at: datetime, progress: Progress) -> int:
        """Returns how many events were written. Raises HistoryAltered."""
        self._directory.mkdir(parents=True, exist_ok=True)
        if any(self._directory.iterdir()):
            raise FileExistsError(f"{self._directory} is not empty")
        written = self._write_events(progress)
        self._signed = [each for service in SERVICES for each in self._checkpoints(service)]
        self._write(CHECKPOINTS, map(self._line, self._signed))
        if self._format == WHOLE_FORMAT:
            self._write(HEADS, map(self._whole, self._heads))
        self._write(FIGURES, [self._figures.as_json(meters=self._format == WHOLE_FORMAT)])
        self._write(MANIFEST, [self._manifest(at)])
        signature = self._signer.sign((self._directory / MANIFEST).read_bytes())
        (self._directory / SIGNATURE).write_text(f"{signature.hex()}\n", encoding="ascii")
        return written

    def _manifest(self, at: datetime) -> dict[str, Any]:
        keys = {key_id(key): key.hex() for key in self._keys}
        return {
            "format": self._format,
            "workspace": self._workspace,
            "exported_at": at,
            "public_key": self._signer.public_key.hex(),
            **({} if self._format == FORMAT else {"keys": keys}),
            "events": {name: len(found) for name, found in self._sequences.items()},
            "files": {
                name: file_facts(self._directory / name) for name in content_of(self._format)
            },
        }

    @property
    def _keys(self) -> list[bytes]:
        names = {each.key_id for each in self._heads}
        used = {each.public_key for each in self._signed} | {self._signer.public_key}
        return [key for key in self._signer.public_keys if key in used or key_id(key) in names]

    @property
    def _format(self) -> str:
        """Before heads of the third format are signed of all logs, a bundle can't be shown to be
        whole."""
        logs = [service for service in SERVICES if self._ledger.chain(service).events]
        mapped = {each.head.service for each in self._heads if each.head.workspaces}
        if mapped and mapped >= set(logs):
            return WHOLE_FORMAT
        return KEYS_FORMAT if len(self._keys) > 1 else FORMAT

    def _whole(self, signed: SignedHead) -> dict[str, Any]:
        """Raises HistoryAltered."""
        found = self._ledger.workspace_map(signed.head.service, signed.head.sequence)
        if found.root != signed.head.workspaces:
            raise HistoryAltered(f"workspaces have other events than {signed.head.told} stands for")
        return Whole(signed, found.show(self._workspace)).line()

    def _write(self, name: str, values: Iterable[object]) -> None:
        with (self._directory / name).open("wb") as file:
            file.writelines(encode(value) for value in values)

    def _write_events(self, progress: Progress) -> int:
        total, written = self._ledger.count(self._workspace), 0
        with (self._directory / EVENTS).open("wb") as file:
            for service in SERVICES:
                for rows in self._ledger.of_workspace(service, self._workspace):
                    file.writelines(map(encode, self._lines(service, rows)))
                    written += len(rows)
                    progress(written, total)
        return written

    def _lines(self, service: str, rows: Sequence[Row]) -> Iterator[dict[str, Any]]:
        sequences = [row["sequence"] for row in rows]
        self._sequences[service] += sequences
        stored = {event.sequence: event for event in self._stores[service].at(sequences)}
        for row in rows:
            event = stored.get(row["sequence"])
            if event is None or bytes.fromhex(event.digest) != row["digest"]:
                raise HistoryAltered(f"{service}:{row['sequence']} is not what was recorded")
            self._figures.add(Fact(row["type"], row["data"]))
            yield {
                "service": service,
                "sequence": event.sequence,
                "stream": event.stream,
                "version": event.version,
                "topic": event.topic,
                "state": event.state.decode(),
                "recorded_at": event.recorded_at,
                "published": {name: row[name] for name in PUBLISHED},
            }

    def _line(self, signed: _Signed) -> dict[str, Any]:
        key = None if self._format == FORMAT else key_id(signed.public_key)
        return Proven(signed.checkpoint, signed.signature, key, *self._proof(signed)).line()

    def _checkpoints(self, service: str) -> Iterator[_Signed]:
        """The kept ones, and one made now over the events behind the last."""
        for checkpoint, signature in self._ledger.checkpoints(service):
            key = self._signer.signed_by(checkpoint.text, signature)
            if key is None:
                raise HistoryAltered(f"checkpoint {checkpoint.number} of {service} is not ours")
            yield _Signed(checkpoint, signature, key)
        chain = self._ledger.chain(service)
        if chain.tree.count:
            closing = chain.close()
            yield _Signed(closing, self._signer.sign(closing.text), self._signer.public_key)

    def _proof(self, signed: _Signed) -> tuple[list[int], list[bytes]]:
        checkpoint = signed.checkpoint
        own = self._sequences[checkpoint.service]
        first = bisect_left(own, checkpoint.first_sequence)
        last = bisect_left(own, checkpoint.last_sequence + 1)
        if first == last:
            return [], []
        covered = self._ledger.digests(checkpoint)
        leaves = [leaf(bytes(row["digest"]), row["recorded_at"]) for row in covered]
        places = {row["sequence"]: index for index, row in enumerate(covered)}
        indices = [places[sequence] for sequence in own[first:last]]
        return indices, proof_of(leaves, indices)
