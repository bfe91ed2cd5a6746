"""Keeps the ledger, its chain and its checkpoints.

Reads no clock, and Ed25519 signatures are deterministic: a rebuild gives the same bytes.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby
from operator import attrgetter
from pathlib import Path

from contracts.envelope import Envelope
from projections.audit_trail.chain import Chain, Checkpoint, Signer
from runtime.database import Cursor
from runtime.read_model import ReadModel
from runtime.sql import load_queries

NAME = "audit_trail"
SERVICES = ("billing", "metering", "addons")
FOLDER = Path(__file__).parent
SQL = {name: text.encode() for name, text in load_queries(FOLDER / "queries.sql").items()}


def read_model(signing_seed: bytes) -> ReadModel:
    """`signing_seed`: the 32 bytes of the key that signs checkpoints."""
    signer = Signer(signing_seed)

    def handle(cursor: Cursor, events: Sequence[Envelope]) -> None:
        """Needs all events of a service, in the order of its log."""
        for service, group in groupby(events, attrgetter("service")):
            append(cursor, service, list(group), signer)

    return ReadModel(NAME, SERVICES, FOLDER, handle)


def append(cursor: Cursor, service: str, events: Sequence[Envelope], signer: Signer) -> None:
    chain = read_chain(cursor, service)
    checkpoints: list[Checkpoint] = []
    with cursor.copy(SQL["append"]) as copy:
        for event, digest in _with_digest(events):
            checkpoint = chain.add(event.sequence, digest, event.recorded_at)
            if checkpoint is not None:
                checkpoints.append(checkpoint)
            copy.write_row(
                (
                    service,
                    event.sequence,
                    event.stream,
                    event.version,
                    event.type,
                    event.subject,
                    event.key,
                    event.actor,
                    event.correlation_id,
                    event.causation_id,
                    event.time,
                    event.recorded_at,
                    event.data.model_dump_json(),
                    digest,
                    chain.hash,
                )
            )
    for checkpoint in checkpoints:
        _write_checkpoint(cursor, checkpoint, signer)
    _write_chain(cursor, chain)


def _with_digest(events: Sequence[Envelope]) -> Iterator[tuple[Envelope, bytes]]:
    for event in events:
        yield event, bytes.fromhex(event.digest)


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
