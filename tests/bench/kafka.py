"""From a service's log through a real Kafka into a read model: `python -m tests.bench kafka`.

Broker, PostgreSQL, relay and projector share the machine, as separate processes do.
"""

from __future__ import annotations

import gc
import multiprocessing
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from multiprocessing.synchronize import Event as Signal
from pathlib import Path

from contracts.cloudevents import CODEC
from deploy.kafka_broker import KafkaBroker
from projections.usage_counters.projector import READ_MODEL
from runtime.feed.feed import Publisher, Wakeup
from runtime.feed.follower import Follower
from runtime.feed.positions import Positions
from runtime.kafka import Kafka, KafkaFeed, TopicWriter
from runtime.kafka.relay import Relay
from runtime.postgres.database import Database
from services.metering.application.recorder import UsageStore
from services.metering.published import publish
from tests.bench.rebuild import fill, usage_log
from tests.bench.result import Result, single

EVENTS = 200_000
SECONDS_OF_LATENCY = 20
PER_SECOND = 200
LEAST_RELAYED, LEAST_COUNTED = 10_000, 15_000
LATEST_MS = 250


def settle() -> None:
    """As every process of the system does after its start."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 50, 100)


def run_relay(url: str, bootstrap: str, stopped: Signal) -> None:
    with Database(url, "metering", ids="uuid") as database:
        store, positions = UsageStore(database), Positions(database)
        positions.migrate()
        wakeup = Wakeup({url: [store.channel]})
        wakeup.start()
        writer = TopicWriter(Kafka(bootstrap), "metering")
        relay = Relay(Publisher(store, publish), positions, writer, CODEC, wakeup)
        relay.start()
        settle()
        stopped.wait()
        relay.stop()
        wakeup.stop()
        relay.join(10)


def run_projector(url: str, bootstrap: str, stopped: Signal) -> None:
    with Database(url, "projections") as database:
        feed = KafkaFeed(Kafka(bootstrap), CODEC)
        follower = Follower(READ_MODEL.consumer(), feed, Positions(database), codec=CODEC)
        follower.start()
        settle()
        stopped.wait()
        follower.stop()
        follower.join(10)


@contextmanager
def process(work: Callable[[str, str, Signal], None], url: str, bootstrap: str) -> Iterator[None]:
    context = multiprocessing.get_context("spawn")
    stopped = context.Event()
    running = context.Process(target=work, args=(url, bootstrap, stopped))
    running.start()
    try:
        yield
    finally:
        stopped.set()
        running.join(20)
        running.kill()


def rate(reached: Callable[[], int], target: int) -> float:
    """Events a second over the last three quarters: a group of consumers has found itself then."""
    first = wait_for(reached, target // 4)
    started = time.perf_counter()
    return (wait_for(reached, target) - first) / (time.perf_counter() - started)


def wait_for(reached: Callable[[], int], target: int) -> int:
    while (now := reached()) < target:
        time.sleep(0.02)
    return now


def latencies(store: UsageStore, positions: Positions, first: int) -> list[float]:
    """Milliseconds from each commit until the read model has applied it."""
    committed: list[tuple[int, float]] = []
    done = threading.Event()

    def commit() -> None:
        started = time.perf_counter()
        for number in range(PER_SECOND * SECONDS_OF_LATENCY):
            time.sleep(max(0.0, started + number / PER_SECOND - time.perf_counter()))
            fill(store, first + number, first + number)
            committed.append((store.head(), time.perf_counter()))
        done.set()

    writing = threading.Thread(target=commit)
    writing.start()
    found: list[float] = []
    while not done.is_set() or len(found) < len(committed):
        applied, now = positions.applied(READ_MODEL.name, "metering"), time.perf_counter()
        while len(found) < len(committed) and committed[len(found)][0] <= applied:
            found.append((now - committed[len(found)][1]) * 1_000)
        time.sleep(0.001)
    writing.join()
    return sorted(found)


def measure(quick: bool) -> Sequence[Result]:
    events = EVENTS // 4 if quick else EVENTS
    broker = KafkaBroker(Path(tempfile.mkdtemp(prefix="bench-")))
    bootstrap = broker.start()
    kafka = Kafka(bootstrap)
    kafka.create_topics(["metering"])
    try:
        with usage_log(events) as (store, positions):
            return carried(store, positions, bootstrap, events)
    finally:
        kafka.close()
        broker.kill()


def carried(
    store: UsageStore, positions: Positions, bootstrap: str, events: int
) -> Sequence[Result]:
    url = store.database.url
    checkpoints = Positions(store.database)
    checkpoints.migrate()
    with process(run_relay, url, bootstrap):
        relayed = rate(lambda: checkpoints.applied("relay", "metering"), events)
        with process(run_projector, url, bootstrap), process(run_projector, url, bootstrap):
            shared = rate(lambda: counted(positions), events)
        forget(positions)
        with process(run_projector, url, bootstrap):
            alone = rate(lambda: counted(positions), events)
            found = latencies(store, positions, events + 1)
    middle, late = found[len(found) // 2], found[int(len(found) * 0.99)]
    return [
        Result("log → topic, one relay", single(relayed), " events/s", least=LEAST_RELAYED),
        Result("topic → counters, two processes", single(shared), " events/s", least=LEAST_COUNTED),
        Result("topic → counters, one process", single(alone), " events/s"),
        Result(f"commit → visible at {PER_SECOND}/s, p50", single(middle), " ms"),
        Result(f"commit → visible at {PER_SECOND}/s, p99", single(late), " ms", most=LATEST_MS),
    ]


def forget(positions: Positions) -> None:
    with positions.database.transaction(commit=True) as cursor:
        cursor.execute("TRUNCATE positions, usage_months, usage_days")


def counted(positions: Positions) -> int:
    rows = positions.database.rows("SELECT coalesce(sum(count), 0) AS sum FROM usage_months")
    return int(rows[0]["sum"])
