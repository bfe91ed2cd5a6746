"""`kill -9` of servers and of PostgreSQL while many clients change an account: no unit is lost and
none counts twice."""

from __future__ import annotations

import random
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import pytest

from kernel.month import Month
from runtime.postgres import embedded_server
from tests.support.account_life import Buyer, Client, Told, living
from tests.support.account_statement import Statement
from tests.support.metering_caller import Caller, caller
from tests.support.metering_plans import Billing
from tests.support.metering_process import MeteringProcess, kill_postgres, metering_processes
from tests.support.metering_purchases import Shop
from tests.support.meters import declare, quota, slugs
from tests.support.rounds import rounds
from tests.support.waiting import wait_until

CLIENTS, LIMIT, OVERDRAFT = 8, 400, 25


@dataclass
class System:
    """Two servers on one PostgreSQL, all of which may die."""

    directory: Path
    url: str
    servers: list[MeteringProcess]
    billing: Billing
    random: random.Random = field(default_factory=lambda: random.Random(20))

    def kill(self, victim: str) -> None:
        if victim == "postgres":
            kill_postgres(self.directory)
            embedded_server.start(self.directory)
        else:
            server = self.random.choice(self.servers)
            server.kill()
            server.start()
            server.wait_until_ready()

    @contextmanager
    def hosts(self, ws: str) -> Iterator[list[Caller]]:
        with ExitStack() as stack:
            yield [
                stack.enter_context(caller(server.origin, ws=ws))
                for server in [*self.servers * (CLIENTS // 2), self.servers[0]]
            ]


@pytest.fixture
def system(own_postgres: Path) -> Iterator[System]:
    url = embedded_server.start(own_postgres)
    with metering_processes(url, 2, "--no-projection") as servers:
        assert declare(servers[0].origin, overdraft=OVERDRAFT).status_code == 201
        yield System(own_postgres, url, servers, Billing(url))


def survive(system: System, ws: str) -> None:
    chosen, told, stopped = system.random, Told(), threading.Event()
    with system.hosts(ws) as hosts:
        for host in hosts[:2]:
            wait_until(lambda host=host: "tokens" in slugs(host), "the meter is known")  # type: ignore[misc]
            system.billing.limit(host, quotas=quota(LIMIT))
        lives = [
            Client(host, number, random.Random(chosen.random()), told, stopped).live
            for number, host in enumerate(hosts[:-1])
        ]
        buyer = Buyer(Shop(system.url, hosts[-1]), random.Random(chosen.random()), told, stopped)
        with living(*lives, buyer.live, stopped=stopped):
            for victim in chosen.sample(["server", "postgres"], 2):
                wait_for_more(told, chosen.randrange(50, 150), stopped)
                system.kill(victim)
            wait_for_more(told, 50, stopped)
        wait_until(lambda: settled(hosts[-1], told), "what is bought and what ends is done", 60)
        Statement(hosts[-1], LIMIT, OVERDRAFT, str(Month.of(datetime.now(UTC)))).check(told)


def wait_for_more(told: Told, more: int, stopped: threading.Event) -> None:
    target = told.answers + more
    wait_until(lambda: told.answers >= target or stopped.is_set(), f"{target} answers", 120)


def settled(host: Caller, told: Told) -> bool:
    [balance] = host.credits()["balances"]
    grants = {grant["id"]: grant for grant in balance["grants"]}
    held = host.entitlements()["meters"]["tokens"]["reserved"]
    return (
        grants.keys() == told.granted.keys()
        and held == sum(told.held.values())
        and all(grants[name]["status"] != "open" for name in told.revoked)
        and all(grant["status"] != "open" or not grant["expires_at"] for grant in grants.values())
    )


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_no_unit_is_lost_and_none_counts_twice(system: System) -> None:
    for number in range(rounds(20)):
        survive(system, f"ws{number}")
