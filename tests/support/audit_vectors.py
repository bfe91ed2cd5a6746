"""Makes the test vectors of docs/audit/vectors: `python -m tests.support.audit_vectors`. They are
made once and never changed, for verifiers in other languages; new ones get new names."""

from __future__ import annotations

import json
import shutil
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from deploy.audit.bundle import (
    CHECKPOINTS,
    EVENTS,
    FIGURES,
    HEADS,
    MANIFEST,
    SIGNATURE,
    content_of,
    encode,
    file_facts,
)
from deploy.audit.exporting import Export
from projections.audit_trail.chain import Signer
from projections.audit_trail.ledger import open_ledger
from runtime.postgres import embedded_server
from runtime.readmodels.shadow import unseen
from tests.support.audit_history import START
from tests.support.audit_service import AuditService, audit_service
from tests.support.postgres import fresh_database

VECTORS = Path("docs/audit/vectors")
# Published with the vectors: nothing but these was ever signed with them.
KEY = b"vector".ljust(32, b".")
Lines = list[dict[str, Any]]
Change = Callable[[Path], object]


def lines_of(name: str, change: Callable[[Lines], object]) -> Change:
    def alter(bundle: Path) -> None:
        lines = [json.loads(line) for line in (bundle / name).read_bytes().splitlines()]
        change(lines)
        (bundle / name).write_bytes(b"".join(encode(line) for line in lines))

    return alter


def put(*path: str | int, value: Callable[[Any], Any]) -> Callable[[Lines], None]:
    def change(lines: Lines) -> None:
        place: Any = lines
        for step in path[:-1]:
            place = place[step]
        place[path[-1]] = value(place[path[-1]])

    return change


def sign_anew(bundle: Path) -> None:
    """As who has the key for the manifest."""
    manifest = json.loads((bundle / MANIFEST).read_bytes())
    manifest["files"] = {name: file_facts(bundle / name) for name in content_of(manifest["format"])}
    (bundle / MANIFEST).write_bytes(encode(manifest))
    signature = Signer([KEY]).sign((bundle / MANIFEST).read_bytes())
    (bundle / SIGNATURE).write_text(f"{signature.hex()}\n")


def _flip_byte(bundle: Path) -> None:
    whole = (bundle / EVENTS).read_bytes()
    (bundle / EVENTS).write_bytes(whole.replace(b"gold", b"lead", 1))


def _twice(bundle: Path) -> None:
    whole = (bundle / FIGURES).read_bytes()
    (bundle / FIGURES).write_bytes(whole.replace(b"{", b'{"usage":{},', 1))


# Of a bundle in the third format: what is done to it, and whether its manifest is signed anew.
BAD: Mapping[str, tuple[str, Change, bool]] = {
    "byte-altered": ("a byte of an event is another", _flip_byte, False),
    "file-missing": ("heads.jsonl is missing", lambda each: (each / HEADS).unlink(), False),
    "file-foreign": (
        "a file is there that is not the format's",
        lambda each: (each / "more.txt").write_text("trust me\n"),
        False,
    ),
    "state-altered": (
        "an event's state is another, under a manifest of who has the key",
        lines_of(EVENTS, put(1, "state", value=lambda text: text.replace("gold", "lead"))),
        True,
    ),
    "time-altered": (
        "an event's time of recording is another",
        lines_of(EVENTS, put(0, "recorded_at", value=lambda _: "2026-11-01T00:00:00Z")),
        True,
    ),
    "event-left-out": (
        "an event is missing that a checkpoint covers",
        lines_of(EVENTS, lambda lines: lines.pop(4)),
        True,
    ),
    "events-reordered": (
        "two events have changed places",
        lines_of(EVENTS, lambda lines: lines.insert(3, lines.pop(4))),
        True,
    ),
    "checkpoint-forged": (
        "a checkpoint says another last sequence than was signed",
        lines_of(CHECKPOINTS, put(0, "last_sequence", value=lambda number: number + 1)),
        True,
    ),
    "hash-in-capitals": (
        "a hash is written in capitals",
        lines_of(CHECKPOINTS, put(0, "root", value=str.upper)),
        True,
    ),
    "number-as-fraction": (
        "a number is written as 7.0 for 7",
        lines_of(CHECKPOINTS, put(0, "events", value=float)),
        True,
    ),
    "figures-altered": (
        "figures are not what the events add up to",
        lines_of(FIGURES, put(0, "usage", "2026-11", "message", value=lambda used: used + 1)),
        True,
    ),
    "key-named-twice": ("an object names a key twice", _twice, True),
    "head-forged": (
        "a head tells of more events than was signed",
        lines_of(HEADS, put(1, "events", value=lambda events: events + 1)),
        True,
    ),
    "head-left-out": (
        "no head says which events of a log there are",
        lines_of(HEADS, lambda lines: lines.pop(1)),
        True,
    ),
    "map-of-another": (
        "the place in the map is not the workspace's",
        lines_of(HEADS, put(0, "map", "shown", 0, "key", value=lambda key: key[::-1])),
        True,
    ),
}


def make(audit: AuditService, out: Path) -> None:
    told: dict[str, dict[str, Any]] = {}
    audit.assign("acme", "gold", "silver")
    audit.assign("globex", "gold")
    audit.meter("acme", "message", ["1", "2", "3"])
    audit.meter("globex", "message", ["1"])
    audit.follow()
    export(audit, out / "format-1", {}, [KEY])
    audit.auditor.heads.sign_due()
    export(audit, out / "format-3", audit.auditor.heads.last(), [KEY])
    told["format-1"] = told["format-3"] = {"intact": True, "why": "nothing was altered"}
    for name, (why, change, signed) in BAD.items():
        bundle = Path(shutil.copytree(out / "format-3", out / name))
        change(bundle)
        if signed:
            sign_anew(bundle)
        told[name] = {"intact": False, "why": why}
    public = Signer([KEY]).public_key.hex()
    listed = {"public_key": public, "bundles": dict(sorted(told.items()))}
    (out / "vectors.json").write_text(json.dumps(listed, indent=2) + "\n")


def export(audit: AuditService, out: Path, heads: Any, seeds: list[bytes]) -> None:
    with open_ledger(audit.positions.database) as ledger:
        Export("acme", out, ledger, audit.stores, Signer(seeds), heads).write(START, unseen)


def main() -> None:
    with tempfile.TemporaryDirectory() as place:
        server = embedded_server.start(Path(place) / "postgres")
        with fresh_database(server) as url, audit_service(url) as audit:
            audit.seeds = [KEY]
            VECTORS.mkdir(parents=True)
            make(audit, VECTORS)


if __name__ == "__main__":
    main()
