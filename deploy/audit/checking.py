"""Checks an exported bundle on its own: no database, no setting, no network."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
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
    recorded_of,
)
from deploy.audit.files import BundleFiles, NotABundle, Refused
from deploy.audit.outcome import Outcome, printable
from deploy.audit.published import published_of
from projections.audit_trail.canonical import hexadecimal
from projections.audit_trail.chain import CHECKPOINT_EVENTS, ORIGIN, is_signed, key_id
from projections.audit_trail.figures import Fact, Figures
from projections.audit_trail.merkle import leaf, proven_root
from projections.audit_trail.projector import SERVICES
from projections.audit_trail.workspace_map import Held, holds
from runtime.eventstore.recorder import RecordedEvent
from runtime.readmodels.shadow import Progress

Line = dict[str, Any]


def check_bundle(directory: Path, key: str, progress: Progress) -> Outcome:
    """`key`: the public key in hex that the auditor trusts; empty: the one that the bundle names,
    which proves less. Later steps are taken although earlier ones failed, to locate the damage."""
    outcome = Outcome()
    try:
        with closing(BundleFiles(directory)) as files:
            check = _Check(files, outcome, key, progress)
            steps = (check.manifest, check.files, check.checkpoints, check.events, check.whole)
            for step in (*steps, check.sums):
                _take(step, outcome)
    except (Refused, RecursionError) as error:
        outcome.refused = printable(str(error))
    return outcome


def _take(step: Callable[[], None], outcome: Outcome) -> None:
    try:
        step()
    except (Refused, RecursionError):
        raise
    except Exception as error:
        # Whatever a damaged file makes go wrong is a finding about the bundle.
        outcome.problem(f"{step.__name__}: {type(error).__name__}: {error}")


class _Check:
    def __init__(self, files: BundleFiles, outcome: Outcome, key: str, progress: Progress) -> None:
        self.outcome = outcome
        self._files = files
        self._key = key
        self._progress = progress
        self._manifest: Mapping[str, Any] = {}
        self._proven: dict[str, list[Proven]] = defaultdict(list)
        self._leaves: dict[str, list[tuple[int, bytes]]] = {name: [] for name in SERVICES}
        self._versions: dict[str, list[int]] = defaultdict(list)
        self._figures = Figures()

    def files(self) -> None:
        expected = {MANIFEST, SIGNATURE, *content_of(self._manifest.get("format"))}
        for name in sorted(self._files.names() ^ expected):
            self.outcome.problem(f"{name} {'is missing' if name in expected else 'is foreign'}")

    def manifest(self) -> None:
        manifest = self._files.object(MANIFEST)
        self._manifest, outcome = manifest, self.outcome
        if manifest["format"] not in (FORMAT, KEYS_FORMAT, WHOLE_FORMAT):
            raise NotABundle(f"its format is {manifest['format']!r}, not {FORMAT!r}")
        outcome.workspace = printable(str(manifest["workspace"]))
        outcome.public_key = printable(str(manifest["public_key"]))
        if self._key and self._key != outcome.public_key:
            outcome.problem("it is signed with another key than the one you trust")
        self._check_signature()
        if set(manifest["files"]) != set(content_of(manifest["format"])):
            outcome.problem(f"{MANIFEST} names other files than a bundle has")
        for name in content_of(manifest["format"]):
            if self._files.facts(name) != manifest["files"].get(name):
                outcome.problem(f"{name} is not the file that was signed")

    def _check_signature(self) -> None:
        written = self._files.read(SIGNATURE)
        text = self._files.read(MANIFEST)
        signature = bytes.fromhex(written.decode("ascii"))
        signed = is_signed(self._manifest_key, text, signature)
        if written != f"{signature.hex()}\n".encode() or not signed:
            self.outcome.problem(f"{MANIFEST} is not what was signed")

    @property
    def _manifest_key(self) -> bytes:
        return bytes.fromhex(self._key or self.outcome.public_key)

    def _key_of(self, proven: Proven) -> bytes:
        """The manifest, signed with the newest key, vouches for the others that it names."""
        named = proven.key_id
        return self._manifest_key if named is None else self._key_named(named)

    def _key_named(self, name: str) -> bytes:
        key = hexadecimal(self._manifest["keys"][name])
        if key_id(key) != name:
            raise NotABundle(f"{MANIFEST} names another key by {name}")
        return key

    def checkpoints(self) -> None:
        """Each is signed and names the one before; only the last may stand for fewer events."""
        for line in self._files.lines(CHECKPOINTS):
            proven = Proven.of_line(line)
            checkpoint = proven.checkpoint
            self._proven[checkpoint.service].append(proven)
            self.outcome.checkpoints += 1
            if not is_signed(self._key_of(proven), checkpoint.text, proven.signature):
                self._about(proven, "its signature is wrong")
            if checkpoint.number != len(self._proven[checkpoint.service]):
                self._about(proven, "one before it is missing")
        for chained in self._proven.values():
            self._check_links(chained)

    def _check_links(self, chained: Sequence[Proven]) -> None:
        previous, last = ORIGIN, 0
        for proven in chained:
            checkpoint = proven.checkpoint
            if checkpoint.previous != previous or checkpoint.first_sequence <= last:
                self._about(proven, "it does not follow the one before")
            if checkpoint.events != CHECKPOINT_EVENTS and proven is not chained[-1]:
                self._about(proven, "it stands for too few events")
            previous, last = checkpoint.hash, checkpoint.last_sequence

    def _about(self, proven: Proven, text: str) -> None:
        checkpoint = proven.checkpoint
        self.outcome.problem(f"checkpoint {checkpoint.number} of {checkpoint.service}: {text}")

    def events(self) -> None:
        """Every event is in the tree of a signed checkpoint and was published as it says."""
        expected = sum(self._manifest["events"].values())
        leaves, last = self._leaves, 0
        for line in self._files.lines(EVENTS):
            event = recorded_of(line)
            place = SERVICES.index(line["service"])
            if place < last:
                self.outcome.problem(f"{line['service']}:{event.sequence} is out of order")
            last = place
            digest = bytes.fromhex(event.digest)
            leaves[line["service"]].append((event.sequence, leaf(digest, event.recorded_at)))
            self._versions[event.stream].append(event.version)
            self._read(line, event)
            self._progress(self.outcome.events, expected)
        counts = {service: len(found) for service, found in leaves.items()}
        if counts != self._manifest["events"]:
            self.outcome.problem(f"it holds {counts} events, not {self._manifest['events']}")
        for service, found in leaves.items():
            self._prove(service, found)

    def _read(self, line: Line, event: RecordedEvent) -> None:
        published, place = line["published"], f"{line['service']}:{event.sequence}"
        self.outcome.events += 1
        if published["workspace"] != self.outcome.workspace:
            self.outcome.problem(f"{place} is of another workspace")
        if published_of(line["service"], event) != published:
            self.outcome.problem(f"{place} was not published like that")
        self._figures.add(Fact(published["type"], published["data"]))

    def _prove(self, service: str, leaves: Sequence[tuple[int, bytes]]) -> None:
        rest = iter(leaves)
        for proven in self._proven[service]:
            covered = proven.checkpoint
            own = [next(rest, (0, b"")) for _ in proven.indices]
            inside = all(
                covered.first_sequence <= sequence <= covered.last_sequence for sequence, _ in own
            )
            known = dict(zip(proven.indices, (each for _, each in own), strict=True))
            if not inside or len(known) != len(own):
                self._about(proven, "it covers other events")
            elif not 1 <= covered.events <= CHECKPOINT_EVENTS:
                self._about(proven, "it stands for an impossible number of events")
            elif known and proven_root(covered.events, known, proven.proof) != covered.root:
                self._about(
                    proven,
                    f"the events between {covered.first_sequence} and {covered.last_sequence} are "
                    "not those that it was signed over",
                )
        if next(rest, None) is not None:
            self.outcome.problem(f"no checkpoint covers the last events of {service}")

    def whole(self) -> None:
        """Nothing of the workspace was left out, up to the heads that the bundle carries."""
        if self._manifest["format"] != WHOLE_FORMAT:
            return
        for line in self._files.lines(HEADS):
            self._check_whole(Whole.of_line(line))
        for service, found in self._leaves.items():
            if found and service not in self.outcome.whole:
                self.outcome.problem(f"no head says which events of {service} there are")

    def _check_whole(self, whole: Whole) -> None:
        head = whole.signed.head
        if head.service not in SERVICES or head.service in self.outcome.whole:
            self.outcome.problem(f"{HEADS} names {head.service!r}, or names it twice")
            return
        if not is_signed(self._key_named(whole.signed.key_id), head.text, whole.signed.signature):
            self.outcome.problem(f"the signature of {head.told} of {head.service} is wrong")
        held = Held()
        for sequence, each in self._leaves[head.service]:
            held = held.add(each) if sequence <= head.sequence else held
        if not holds(head.workspaces, whole.proven, self._manifest["workspace"], held):
            self.outcome.problem(
                f"up to {head.service}:{head.sequence} the workspace has other events than these"
            )
        self.outcome.whole[head.service] = head.sequence

    def sums(self) -> None:
        for stream, versions in self._versions.items():
            if sorted(versions) != list(range(1, len(versions) + 1)):
                self.outcome.problem(f"events of stream {stream} are missing")
        self.outcome.figures = json.loads(
            json.dumps(self._figures.as_json(meters=self._manifest["format"] == WHOLE_FORMAT))
        )
        if self._files.object(FIGURES) != self.outcome.figures:
            self.outcome.problem(f"{FIGURES} is not what the events add up to")
