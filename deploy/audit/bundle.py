"""The files of an exported bundle, and their lines: docs/audit/format.md is their description."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from kernel.clock import rfc3339
from projections.audit_trail.canonical import hexadecimal, hexadecimals, integer, moment, text
from projections.audit_trail.chain import Checkpoint
from projections.audit_trail.heads import SignedHead
from projections.audit_trail.workspace_map import MapProof
from runtime.eventstore.recorder import RecordedEvent

# In the second, checkpoints may be signed with different keys, each of which it names.
# In the third, heads prove that nothing of the workspace was left out.
FORMAT, KEYS_FORMAT, WHOLE_FORMAT = (f"billing-audit-bundle/{number}" for number in (1, 2, 3))
MANIFEST, SIGNATURE = "manifest.json", "manifest.sig"
EVENTS, CHECKPOINTS, FIGURES = "events.jsonl", "checkpoints.jsonl", "figures.json"
HEADS = "heads.jsonl"
CONTENT = (EVENTS, CHECKPOINTS, FIGURES)
HASHES = ("root", "chain", "previous")
NUMBERS = ("number", "events", "first_sequence", "last_sequence")


@dataclass(frozen=True, slots=True)
class Proven:
    """A checkpoint with its signature; `indices` are the bundle's events within it, and `proof` the
    subtrees beside them. `key_id` is None where the manifest's key signed."""

    checkpoint: Checkpoint
    signature: bytes
    key_id: str | None
    indices: list[int]
    proof: list[bytes]

    def line(self) -> dict[str, Any]:
        facts = self.checkpoint.facts()
        return {
            **facts,
            **{name: facts[name].hex() for name in HASHES},
            "signature": self.signature.hex(),
            **({} if self.key_id is None else {"key_id": self.key_id}),
            "indices": self.indices,
            "proof": [each.hex() for each in self.proof],
        }

    @classmethod
    def of_line(cls, line: Mapping[str, Any]) -> Proven:
        numbers = {name: integer(line[name]) for name in NUMBERS}
        hashes = {name: hexadecimal(line[name]) for name in HASHES}
        return cls(
            Checkpoint.of({"service": text(line["service"]), **numbers, **hashes}),
            hexadecimal(line["signature"]),
            text(line["key_id"]) if "key_id" in line else None,
            [integer(each) for each in line["indices"]],
            hexadecimals(line["proof"]),
        )


def content_of(form: object) -> tuple[str, ...]:
    """The files that a manifest of this format names."""
    return (*CONTENT, HEADS) if form == WHOLE_FORMAT else CONTENT


@dataclass(frozen=True, slots=True)
class Whole:
    """A head of a service's log, and the place of the bundle's workspace in its map."""

    signed: SignedHead
    proven: MapProof

    def line(self) -> dict[str, Any]:
        return {**self.signed.facts(), "map": self.proven.facts()}

    @classmethod
    def of_line(cls, line: Mapping[str, Any]) -> Whole:
        return cls(SignedHead.of(line), MapProof.of(line["map"]))


def encode(value: object) -> bytes:
    """One line of compact JSON."""
    line = json.dumps(value, ensure_ascii=False, separators=(",", ":"), default=_moment)
    return line.encode() + b"\n"


def _moment(value: object) -> str:
    if isinstance(value, datetime):
        return rfc3339(value)
    raise TypeError(f"{type(value).__name__} has no form in a bundle")


def file_facts(path: Path) -> dict[str, Any]:
    """Of a file that we wrote."""
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256")
    return {"sha256": digest.hexdigest(), "bytes": path.stat().st_size}


def recorded_of(line: Mapping[str, Any]) -> RecordedEvent:
    """The stored event of a line of events."""
    return RecordedEvent(
        integer(line["sequence"]),
        line["stream"],
        integer(line["version"]),
        line["topic"],
        line["state"].encode(),
        moment(line["recorded_at"]),
    )
