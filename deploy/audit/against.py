"""Heads that somebody kept: a file of them, or a bundle, whose checkpoints tell the same."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from itertools import groupby
from pathlib import Path

from deploy.audit.bundle import CHECKPOINTS, Proven
from deploy.audit.files import BundleFiles, NotABundle, Refused
from deploy.audit.witnesses import is_file, outlet_of
from projections.audit_trail.chain import Signer
from projections.audit_trail.heads import Head, heads_of_checkpoints, read_lines
from projections.audit_trail.receipts import Keeper, Undelivered
from runtime.kafka import Kafka


class NoHeads(Exception):
    """What was given holds no heads that this system has signed."""


def kept_elsewhere(target: str, signer: Signer, kafka: Callable[[], Kafka | None]) -> list[Head]:
    """Of a file, a bundle or a witness. Raises NoHeads or ConfigurationError."""
    if is_file(target):
        return kept_heads(Path(target), signer)
    outlet = outlet_of(target, kafka)
    if not isinstance(outlet, Keeper):
        raise NoHeads(f"{outlet.name} keeps no heads: give the file that `audit receipts` printed")
    try:
        signed = list(outlet.kept())
    except (Undelivered, ValueError) as error:
        raise NoHeads(f"{outlet.name}: {error}") from error
    if not signed or not all(each.holds(signer) for each in signed):
        raise NoHeads(f"{outlet.name} holds nothing, or what is not signed by this system")
    return [each.head for each in signed]


def kept_heads(path: Path, signer: Signer) -> list[Head]:
    """Raises NoHeads, before anything is compared, unless every signature in it is ours."""
    try:
        found = list(_of_bundle(path, signer) if path.is_dir() else _of_file(path, signer))
    except (OSError, KeyError, TypeError, ValueError, NotABundle, Refused) as error:
        raise NoHeads(f"{path}: {error}") from error
    if not found:
        raise NoHeads(f"{path} holds no heads")
    return found


def _of_file(path: Path, signer: Signer) -> Iterator[Head]:
    with path.open(encoding="utf-8") as lines:
        for each in read_lines(lines):
            if not each.holds(signer):
                raise NoHeads(f"{path}: {each.head.told} is not signed by this system")
            yield each.head


def _of_bundle(path: Path, signer: Signer) -> Iterator[Head]:
    files = BundleFiles(path)
    try:
        with files.open(CHECKPOINTS) as lines:
            proven = [Proven.of_line(json.loads(line)) for line in lines]
    finally:
        files.close()
    for each in proven:
        if signer.signed_by(each.checkpoint.text, each.signature) is None:
            raise NoHeads(f"{path}: a checkpoint is not signed by this system")
    for _, group in groupby((each.checkpoint for each in proven), lambda each: each.service):
        yield from heads_of_checkpoints(group)
