"""What a process must have to serve, and what it can do without."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import TYPE_CHECKING

from deploy.probes import Answer, Check
from runtime.feed.follower import Follower
from runtime.feed.parked_events import parked_counts
from runtime.kafka.relay import Relay
from runtime.postgres.database import Database

if TYPE_CHECKING:
    from deploy.process import Process

Thread = Follower | Relay  # type: ignore[type-arg]


def checks_of(process: Process) -> list[Check]:
    """A process that serves is ready while its own database is, and what it has in memory: it can
    do without a broker, or other services' logs, for as long as they are away. One that only
    follows or publishes can't; and no one is ready beside a log that is not the one it followed."""
    serves = bool(process.served)
    composition = process.composition
    checks = [Check("process", partial(_ending, process))]
    checks += [Check(service.name, _of(service.ready)) for service in process.served]
    if serves and (keys := composition.security.key_set):
        checks.append(Check("token_keys", lambda: Answer(problems={"token_keys": keys.problem()})))
    checks += [
        Check(f"database.{each.schema}", partial(_database, each)) for each in _databases(process)
    ]
    threads = dict(_threads(process))
    checks.append(Check("logs_followed", partial(_forks, threads)))
    if threads:
        source = "kafka" if composition.events.kafka else "logs"
        checks.append(Check("consumers", partial(_failures, threads), required=not serves))
        checks.append(Check(source, partial(_lags, threads), required=not serves))
    return checks


def _ending(process: Process) -> Answer:
    return Answer(problems={"process": "ending" if process.ending else None})


def _of(ready: Callable[[], dict[str, str | None]]) -> Callable[[], Answer]:
    return lambda: Answer(problems=ready())


def _database(database: Database) -> Answer:
    """That it answers, and is migrated; and what is parked there."""
    return Answer(parked=parked_counts(database))


def _databases(process: Process) -> Sequence[Database]:
    positions = [service.positions for service in process.served]
    positions += [follower.positions for follower in process.followers]
    found = {(each.database.url, each.database.schema): each.database for each in positions}
    return list(found.values())


def _threads(process: Process) -> Iterator[tuple[str, Thread]]:
    for follower in process.followers:
        yield follower.consumer.name, follower
    for relay in process.relays:
        yield f"relay.{relay.service}", relay


def _forks(threads: dict[str, Thread]) -> Answer:
    return Answer(
        problems={
            name: thread.failure if thread.failure.startswith("LogForked") else None
            for name, thread in threads.items()
        }
    )


def _failures(threads: dict[str, Thread]) -> Answer:
    return Answer(problems={name: thread.failure or None for name, thread in threads.items()})


def _lags(threads: dict[str, Thread]) -> Answer:
    return Answer(lag={name: thread.lag() for name, thread in threads.items()})
