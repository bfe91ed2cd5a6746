"""`kill -9` of the server or of PostgreSQL under load: what was acknowledged is there, once."""

from __future__ import annotations

import contextlib
import random
import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import pytest

from runtime.postgres import embedded_server
from runtime.readmodels.rebuild import rebuild
from tests.support.metering_caller import service_token
from tests.support.metering_process import (
    MeteringProcess,
    kill_postgres,
    metering_processes,
)
from tests.support.metering_service import COUNTERS, MeteringService
from tests.support.rounds import rounds

SENDERS = 8


@dataclass
class Load:
    """Senders that go on through every failure, as hosts do: until an id is acknowledged it is
    sent again. `first` are ids that were told to be new."""

    origins: Sequence[str]
    acknowledged: set[str] = field(default_factory=set)
    told_new: list[str] = field(default_factory=list)
    stopped: threading.Event = field(default_factory=threading.Event)

    def run(self, sender: int) -> None:
        headers = {"authorization": f"Bearer {service_token()}"}
        number = 0
        origin = self.origins[sender % len(self.origins)]
        with httpx.Client(base_url=origin, headers=headers, timeout=60) as http:
            while not self.stopped.is_set():
                name = f"{sender}-{number}"
                with contextlib.suppress(httpx.TransportError):
                    answer = http.post("/v1/metering/workspaces/acme/messages", json={"id": name})
                    if answer.status_code in (200, 201):
                        self.acknowledged.add(name)
                        if answer.status_code == 201:
                            self.told_new.append(name)
                        number += 1
                        continue
                time.sleep(0.05)

    @contextlib.contextmanager
    def running(self) -> Iterator[None]:
        threads = [threading.Thread(target=self.run, args=(n,)) for n in range(SENDERS)]
        for thread in threads:
            thread.start()
        try:
            yield
        finally:
            self.stopped.set()
            for thread in threads:
                thread.join(90)

    def wait_for_more(self, more: int) -> None:
        target, deadline = len(self.acknowledged) + more, time.monotonic() + 90
        while len(self.acknowledged) < target:
            assert time.monotonic() < deadline, "nothing is acknowledged any more"
            time.sleep(0.02)


def survive(directory: Path, kills: int, victims: tuple[str, ...], servers: int = 1) -> None:
    chosen = random.Random(4)
    url = embedded_server.start(directory)
    with metering_processes(url, servers) as running:
        load = Load([server.origin for server in running])
        with load.running():
            for number in range(kills):
                load.wait_for_more(20)
                time.sleep(chosen.random() * 0.3)
                _kill(victims[number % len(victims)], chosen.choice(running), directory)
            load.wait_for_more(20)
    _check(url, load)


def _kill(victim: str, server: MeteringProcess, directory: Path) -> None:
    if victim == "server":
        server.kill()
        server.start()
        server.wait_until_ready()
    else:
        kill_postgres(directory)
        embedded_server.start(directory)


def _check(url: str, load: Load) -> None:
    metering = MeteringService(url, project=False)
    stored = [metering.store.decode(event) for event in metering.store.read(0, 10**6)]
    names = [event.usage_id for event in stored if hasattr(event, "usage_id")]
    [quota] = metering.store.database.rows("SELECT used FROM metering_quotas")
    rebuild(COUNTERS, metering.positions, {"metering": metering.publisher})
    [counted] = metering.database.rows("SELECT count FROM usage_months")
    metering.service.close()
    metering.database.close()
    assert len(names) == len(set(names))
    assert load.acknowledged <= set(names)
    # At most what each sender had in flight at the end is stored without being acknowledged.
    assert len(names) - len(load.acknowledged) <= SENDERS
    assert quota["used"] == counted["count"] == len(names)
    assert len(load.told_new) == len(set(load.told_new))


class TestKill:
    @pytest.mark.slow
    @pytest.mark.timeout(900)
    @pytest.mark.parametrize("victim", ["server", "postgres"])
    def test_again_and_again_at_random_moments(self, own_postgres: Path, victim: str) -> None:
        survive(own_postgres, rounds(20), (victim,))

    @pytest.mark.slow
    @pytest.mark.timeout(900)
    def test_of_three_servers_and_their_postgres_at_random_moments(
        self, own_postgres: Path
    ) -> None:
        survive(own_postgres, rounds(12), ("server", "postgres", "server"), servers=3)

    @pytest.mark.slow
    def test_a_killed_postgres_is_survived_without_a_restart_of_the_server(
        self, own_postgres: Path
    ) -> None:
        survive(own_postgres, 1, ("postgres",))
