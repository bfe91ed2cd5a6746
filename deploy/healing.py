"""After a restore or a failover: who has followed a history that its log does not have, and the way
back to one that all agree on."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial

import structlog
from prometheus_client import Gauge

from deploy.composition import Composition
from deploy.event_flow import AUDIT_TRAIL, CODEC
from deploy.tables import derived_tables
from runtime.eventstore.epochs import Epoch, Epochs
from runtime.feed.history import Fork, fork_at
from runtime.feed.logs import Position
from runtime.feed.positions import Positions
from runtime.kafka.relay import CHECKPOINT
from runtime.readmodels.rebuild import rebuild

log = structlog.get_logger()
EPOCH = Gauge("log_epoch", "How often history may have been cut, from 1.", ["service"])
Tell = Callable[[str], object]
WITNESS = "a signed head"


@dataclass(frozen=True, slots=True)
class Astray:
    """A fork, and where its consumer's positions lie; None of what was signed."""

    fork: Fork
    positions: Positions | None


def astray(composition: Composition) -> list[Astray]:
    """Who has applied what its log does not have, or has otherwise; relays among them, and heads
    that were signed of more than there is."""
    stores = composition.events.stores
    found = [
        (fork_at(stores[at_log.service], name, position), positions)
        for name, positions in _followers(composition)
        for at_log, position in positions.all_of(name).items()
    ]
    signed = composition.auditor.heads.last()
    heads = [
        (fork_at(stores[service], WITNESS, Position(each.head.sequence)), None)
        for service, each in signed.items()
    ]
    return [Astray(fork, positions) for fork, positions in (*found, *heads) if fork is not None]


def _followers(composition: Composition) -> Iterator[tuple[str, Positions]]:
    for service in composition.services():
        names = [consumer.name for consumer in service.consumers]
        for name in [*names, *([CHECKPOINT] if service.store else [])]:
            yield name, service.positions


def note_cuts(composition: Composition) -> list[Epoch]:
    """Begins an epoch of each log that lost what others have seen; once for each time."""
    cut = {each.fork.service: each.fork for each in astray(composition)}
    begun = []
    for service, fork in cut.items():
        epochs = Epochs(composition.events.stores[service].database)
        if epochs.present().reason != str(fork):
            begun.append(epochs.begin(fork.head, str(fork)))
            log.error("log_cut", service=service, head=fork.head, reason=str(fork))
    for service, store in composition.events.stores.items():
        EPOCH.labels(service).set(Epochs(store.database).present().epoch)
    return begun


def restored(composition: Composition, reason: str) -> dict[str, Epoch]:
    """Begins an epoch of every log: whoever remembers anything of one, looks anew."""
    return {
        service: Epochs(store.database).begin(store.head(), reason)
        for service, store in composition.events.stores.items()
    }


def heal(composition: Composition, tell: Tell, *, dry_run: bool) -> bool:
    """Brings back to its log whoever left it, and puts right what services keep beside their
    events. Returns whether anything was wrong. Killed half way it goes on the next time."""
    wrong = astray(composition)
    for each in wrong:
        tell(str(each.fork))
    if not dry_run:
        note_cuts(composition)
    for step, act in _steps(composition, wrong):
        tell(f"would be {step}" if dry_run else step)
        if not dry_run:
            act()
    differing = [t for t in derived_tables(composition) if t.compare(composition.events.publishers)]
    for table in differing:
        tell(f"{'would be ' if dry_run else ''}put right: {table.name}")
        if not dry_run:
            table.repair(composition.events.publishers)
    return bool(wrong or differing)


def _steps(
    composition: Composition, wrong: Sequence[Astray]
) -> Iterator[tuple[str, Callable[[], object]]]:
    """Copies before the positions that move with them, each with what does it."""
    publishers = composition.events.publishers
    left = {(each.fork.consumer, each.fork.service): each for each in wrong}
    for model in composition.read_models:
        if any(consumer == model.name for consumer, _ in left):
            codec = None if model.name == AUDIT_TRAIL else CODEC
            positions = composition.projections.positions
            make = partial(rebuild, model, positions, publishers, codec=codec)
            yield f"rebuilt: {model.name}", make
            left = {key: each for key, each in left.items() if key[0] != model.name}
    for table in derived_tables(composition):
        if (table.consumer, table.log) in left:
            yield f"rebuilt: {table.name}", partial(table.repair, publishers, rewind=True)
    for each in left.values():
        if each.positions is not None:
            step = f"at the end of its log: {each.fork.consumer} in {each.fork.service}"
            yield step, partial(_move, composition, each)


def _move(composition: Composition, left: Astray) -> None:
    """A consumer of which nothing is kept, or all of it was just made anew and moved it already."""
    store, fork = composition.events.stores[left.fork.service], left.fork
    if left.positions is None:
        return
    stored = left.positions.all_of(fork.consumer)
    mine = [position for at_log, position in stored.items() if at_log.service == fork.service]
    if not any(fork_at(store, fork.consumer, position) for position in mine):
        return
    head = store.head()
    with left.positions.database.transaction(commit=True) as cursor:
        left.positions.lock(cursor, fork.consumer)
        at = Position(head, recorded_at=store.recorded_at(head))
        left.positions.put(cursor, fork.consumer, {fork.service: at})
