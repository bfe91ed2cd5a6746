"""Keeps the ledger, its chain and its checkpoints.

Reads no clock, and Ed25519 signatures are deterministic: a rebuild gives the same bytes.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby
from operator import attrgetter
from typing import Any

from contracts.envelope import Envelope
from projections.audit_trail.chain import Chain, Checkpoint, Signer
from projections.audit_trail.figures import METRICS
from projections.audit_trail.statements import FOLDER, SQL
from runtime.postgres.database import Cursor
from runtime.readmodels.definition import ReadModel

NAME = "audit_trail"
ESCAPES = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"})
SERVICES = ("billing", "metering", "addons")
COLUMNS = (
    "service",
    "sequence",
    "stream",
    "version",
    "type",
    "workspace",
    "key",
    "actor",
    "correlation_id",
    "causation_id",
    "occurred_at",
    "recorded_at",
    "data",
)


# Which key signed is no fact of history: verification checks each signature by itself.
SIGNED = {"audit_trail_checkpoints": frozenset({"signature"})}


def read_model(signing_seeds: Sequence[bytes]) -> ReadModel:
    """`signing_seeds`: 32 bytes each, newest first; the first signs checkpoints."""
    signer = Signer(signing_seeds)

    def handle(cursor: Cursor, events: Sequence[Envelope]) -> None:
        """Needs all events of a service, in the order of its log."""
        for service, group in groupby(events, attrgetter("service")):
            append(cursor, service, list(group), signer)

    return ReadModel(NAME, SERVICES, FOLDER, handle, SIGNED)


def append(cursor: Cursor, service: str, events: Sequence[Envelope], signer: Signer) -> None:
    chain = read_chain(cursor, service)
    checkpoints: list[Checkpoint] = []
    lines: list[str] = []
    for event in events:
        digest = bytes.fromhex(event.digest)
        checkpoint = chain.add(event.sequence, digest, event.recorded_at)
        if checkpoint is not None:
            checkpoints.append(checkpoint)
        lines.append(_line(entry(event), event.digest, chain.hash.hex()))
    with cursor.copy(SQL["append"]) as copy:
        copy.write("".join(lines))
    if service == "metering":
        added = {"first": events[0].sequence, "last": events[-1].sequence, "types": list(METRICS)}
        cursor.execute(SQL["add_usage"], added)
    for checkpoint in checkpoints:
        _write_checkpoint(cursor, checkpoint, signer)
    _write_chain(cursor, chain)


def entry(event: Envelope) -> tuple[Any, ...]:
    """A row of the ledger without its hashes; see `COLUMNS`."""
    return (
        event.service,
        event.sequence,
        event.stream,
        event.version,
        event.type,
        event.subject,
        event.key,
        _readable(event.actor),
        _readable(event.correlation_id),
        _readable(event.causation_id),
        event.time,
        event.recorded_at,
        told(event),
    )


def told(event: Envelope) -> str:
    """The published facts as JSON text. PostgreSQL keeps no NUL in it: a mark stands for one."""
    return event.data.model_dump_json().replace("\\u0000", "\\ufffd")


def _readable(text: str) -> str:
    return text.replace("\0", "\ufffd")


def _line(row: tuple[Any, ...], digest: str, chain: str) -> str:
    """A line of COPY's text format, built by hand because usage comes by the ten thousand: half of
    what the driver takes for it."""
    fields = [str(value) for value in row]
    text = "\t".join(fields)
    if "\\" in text or "\n" in text or "\r" in text or text.count("\t") >= len(fields):
        text = "\t".join(field.translate(ESCAPES) for field in fields)
    return f"{text}\t\\\\x{digest}\t\\\\x{chain}\n"


def read_chain(cursor: Cursor, service: str) -> Chain:
    found = cursor.execute(SQL["chain"], {"service": service}).fetchone()
    return Chain.restore(**found) if found is not None else Chain(service)


def _write_chain(cursor: Cursor, chain: Chain) -> None:
    cursor.execute(SQL["set_chain"], chain.saved())


def _write_checkpoint(cursor: Cursor, checkpoint: Checkpoint, signer: Signer) -> None:
    cursor.execute(
        SQL["add_checkpoint"],
        {
            **checkpoint.facts(),
            "hash": checkpoint.hash,
            "signature": signer.sign(checkpoint.text),
        },
    )
