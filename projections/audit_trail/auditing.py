"""One verification of everything: chains, checkpoints, and every read model against a replay."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field, replace
from typing import Any

from kernel.clock import Clock, utc_clock
from kernel.errors import Conflict
from projections.audit_trail.chain import Signer
from projections.audit_trail.findings import Checked, Finding
from projections.audit_trail.heads import Head
from projections.audit_trail.personal_data import PersonalData
from projections.audit_trail.projector import NAME, SERVICES
from projections.audit_trail.signing import Heads
from projections.audit_trail.tree_check import TreeCheck
from projections.audit_trail.verification import Beside, ChainCheck
from projections.audit_trail.verified_heads import VerifiedHeads
from projections.audit_trail.witness import Witness
from runtime.eventstore.recorder import RecordedEvent
from runtime.feed.feed import Publisher
from runtime.feed.positions import Positions
from runtime.readmodels.comparison import Drift, PartitionOf, Verified, verify, whole_log
from runtime.readmodels.definition import ReadModel
from runtime.readmodels.shadow import AlreadyReplaying, Progress, ReplayFailed, unseen

Watch = Callable[[str], Progress]


def nothing_beside(_: str, __: Sequence[RecordedEvent]) -> Sequence[Finding]:
    return []


@dataclass(frozen=True, slots=True)
class Sources:
    """What history is checked against and explained by. Asked for only when it is needed, because
    the process that serves the read models need not reach every event store.

    `states(stream)` gives the aggregate before and after each event of a stream; `decision(id)`
    what a refusal of metering was decided by; `movement(event)` how that event moved the recurring
    revenue, with `follows`, the event that had made what was before, or None. `beside(service,
    events)` looks at what is kept outside of the logs and that these events tell of; `derived()` is
    what differs of tables that services keep beside their events, by name. `personal_data(name)` is
    what is known of a workspace's people.
    """

    publishers: Callable[[], Mapping[str, Publisher[Any]]]
    states: Callable[[str], Sequence[StreamState]]
    decision: Callable[[str], Mapping[str, Any]]
    movement: Callable[[str], Mapping[str, Any]]
    personal_data: Callable[[str], AbstractContextManager[PersonalData]]
    partition_of: PartitionOf = whole_log
    beside: Beside = nothing_beside
    derived: Callable[[], Mapping[str, Sequence[Drift]]] = dict


@dataclass(frozen=True, slots=True)
class StreamState:
    """`state` is the aggregate after the event at `sequence` of the service's log; None for events
    that are no aggregate's."""

    service: str
    sequence: int
    version: int
    state: Mapping[str, Any] | None


@dataclass(frozen=True, slots=True)
class Report:
    """`unreplayed` says which read models could not be replayed, and why; `reseals` when history
    was sealed anew although it differs from what had been signed; `derived` what differs of tables
    that services keep beside their events, by name, where they were compared."""

    chains: Sequence[Checked]
    read_models: Sequence[Verified]
    unreplayed: Mapping[str, str] = field(default_factory=dict)
    reseals: Sequence[Head] = ()
    derived: Mapping[str, Sequence[Drift]] = field(default_factory=dict)

    @property
    def intact(self) -> bool:
        return (
            all(chain.intact for chain in self.chains)
            and all(model.equal for model in self.read_models)
            and not self.unreplayed
            and not any(self.derived.values())
        )


def unwatched(_: str) -> Progress:
    return unseen


class Auditor:
    """`models` are all read models, the ledger among them."""

    def __init__(
        self,
        positions: Positions,
        seeds: Sequence[bytes],
        models: Sequence[ReadModel],
        sources: Sources,
        witness: Witness | None = None,
        clock: Clock = utc_clock,
    ) -> None:
        self.positions = positions
        self.database = positions.database
        self.signer = Signer(seeds)
        self.models = models
        self.ledger = next(model for model in models if model.name == NAME)
        self.sources = sources
        self.verified_heads = VerifiedHeads(self.database, self.signer)
        self.heads = Heads(self.database, self.signer, clock, witness)

    def verify(
        self,
        *,
        full: bool,
        replay: bool,
        derived: bool | None = None,
        against: Sequence[Head] = (),
        watch: Watch = unwatched,
    ) -> Report:
        """Chains from the last verified checkpoint, or with `full` from the first event, and
        against every head that was signed and those that were kept elsewhere (`against`); with
        `replay` the read models too, and what services keep beside their events, which `derived`
        asks for alone. Raises Conflict while another replay runs."""
        chains = [self.verify_chain(service, full, watch(service)) for service in SERVICES]
        self._compare_with_heads(chains, against)
        if full:
            self._compare_with_trees(chains, against)
        report = self._replay(chains, watch) if replay else Report(chains, [])
        compared = self.sources.derived() if (replay if derived is None else derived) else {}
        return replace(report, reseals=self.heads.reseals(), derived=compared)

    def verify_chain(self, service: str, full: bool, progress: Progress) -> Checked:
        """What differs behind the last verified checkpoint is looked for from the first event, so
        that the first difference is found."""
        head = None if full else self.verified_heads.last(service)
        publisher = self.sources.publishers()[service]
        check = ChainCheck(self.database, publisher, self.signer, head, self.sources.beside)
        checked = check.run(progress)
        if head is not None and not checked.intact:
            return self.verify_chain(service, True, progress)
        reached = check.next_head()
        if checked.intact and reached is not None:
            self.verified_heads.keep(reached)
        return checked

    def _compare_with_heads(self, chains: Sequence[Checked], against: Sequence[Head]) -> None:
        signed = [each.head for each in self.heads.last().values()]
        found = {each.service: each for each in self.heads.contradicted([*signed, *against])}
        for chain in chains:
            if chain.service in found:
                chain.add(found[chain.service])

    def _compare_with_trees(self, chains: Sequence[Checked], against: Sequence[Head]) -> None:
        signed = [*(each.head for each in self.heads.last().values()), *against]
        for chain in chains:
            check = TreeCheck(self.database, chain.service)
            mapped = [each for each in signed if each.service == chain.service and each.workspaces]
            if chain.intact:
                for each in check.altered():
                    chain.add(each)
                for head in sorted(mapped, key=lambda each: each.events)[-1:]:
                    for each in check.other_workspaces(head):
                        chain.add(each)

    def _replay(self, chains: Sequence[Checked], watch: Watch) -> Report:
        verified: list[Verified] = []
        failed: dict[str, str] = {}
        for model in self.models:
            try:
                verified.append(self._replay_one(model, watch(model.name)))
            except AlreadyReplaying as error:
                raise Conflict(str(error)) from error
            except ReplayFailed as error:
                failed[model.name] = str(error)
        return Report(chains, verified, failed)

    def _replay_one(self, model: ReadModel, progress: Progress) -> Verified:
        sources = self.sources
        return verify(model, self.positions, sources.publishers(), progress, sources.partition_of)
