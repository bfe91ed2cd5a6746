"""Accounts of declared meters while many change them at once, over two servers."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import pytest

from services.metering.application.accounts.derived_accounts import account_tables
from tests.integration.metering.conftest import SetClock
from tests.support.metering_caller import Caller, caller
from tests.support.metering_plans import Billing
from tests.support.metering_service import MeteringService, served
from tests.support.meters import declare, quota, slugs
from tests.support.waiting import wait_until

pytestmark = pytest.mark.slow
CLIENTS, STEPS = 8, 25


@dataclass
class Pair:
    """Two servers on one database, as seen by the same workspace."""

    one: Caller
    two: Caller
    billing: Billing

    def limit(self, units: int) -> None:
        for host in (self.one, self.two):
            wait_until(lambda host=host: "tokens" in slugs(host), "the meter is known")  # type: ignore[misc]
            self.billing.limit(host, quotas=quota(units))

    def of(self, client: int) -> Caller:
        return self.two if client % 2 else self.one


@pytest.fixture
def pair(database_url: str) -> Iterator[Pair]:
    """Afterwards all that is kept of the accounts follows from the log."""
    clock = SetClock()
    servers = [MeteringService(database_url, clock) for _ in range(2)]
    with (
        served(servers[0]) as one,
        served(servers[1]) as two,
        caller(one) as here,
        caller(two) as there,
    ):
        declare(one)
        yield Pair(here, there, Billing(database_url))
        tables = account_tables(servers[0].service.positions)
        assert not tables.compare({"metering": servers[0].publisher})


def test_exactly_as_much_passes_as_is_left(pair: Pair) -> None:
    pair.limit(100)

    def use(client: int) -> Counter[int]:
        host = pair.of(client)
        return Counter(host.use(f"u-{client}-{n}", 3).status_code for n in range(10))

    with ThreadPoolExecutor(CLIENTS) as pool:
        answers = sum(pool.map(use, range(CLIENTS)), Counter[int]())
    assert answers == {201: 33, 429: 47}
    assert pair.two.can_use(1).json()["remaining"] == 1


def test_any_mix_at_once_loses_no_unit_and_counts_none_twice(pair: Pair) -> None:
    """Every id is asked for afterwards, and the sources that all of them name are added up: an
    account of its own, that the ledger must agree with."""
    pair.limit(500)

    def live(client: int) -> list[str]:
        host, rng, ids = pair.of(client), random.Random(client), []
        host.grant(f"g{client}", 100, priority=client % 3)
        for number in range(STEPS):
            name = f"{client}-{number}"
            kind = rng.choice(["use", "settle", "above", "release", "keep", "correct", "revoke"])
            amount = rng.randint(1, 40)
            if kind == "use":
                ids += [name] * (host.use(name, amount).status_code == 201)
            elif kind == "revoke":
                host.http.post(host.path(f"grants/g{rng.randrange(CLIENTS)}/revoke"))
            elif host.reserve(name, amount).status_code == 201:
                ids.append(name)
                finish(host, kind, name, amount)
        return ids

    with ThreadPoolExecutor(CLIENTS) as pool:
        ids = [name for found in pool.map(live, range(CLIENTS)) for name in found]
    check(pair.one, ids)


def finish(host: Caller, kind: str, name: str, amount: int) -> None:
    if kind == "release":
        assert host.free(name).status_code == 200
    elif kind != "keep":
        value = amount + 7 if kind == "above" else amount // 2
        assert host.settle(name, value).status_code == 200
        assert host.settle(name, value).status_code == 200  # again
        if kind == "correct":
            assert host.correct("c", name, amount).status_code == 201


def check(host: Caller, ids: list[str]) -> None:
    taken: Counter[str] = Counter()
    used = held = 0
    for name in ids:
        event = host.event_of(name)
        if event["status"] in ("counted", "reserved"):
            for part in event["sources"]:
                taken[part["source"]] += part["amount"]
        used += event["value"]
        held += event["reserved"] if event["status"] == "reserved" else 0
    [balance] = host.credits()["balances"]
    shown = host.entitlements()["meters"]["tokens"]
    assert (shown["used"], shown["reserved"]) == (used, held)
    assert taken["quota"] <= 500
    for grant in balance["grants"]:
        spent = taken[grant["id"]]
        assert spent <= grant["amount"]
        if grant["status"] == "open":
            repaid = grant["amount"] - spent - grant["free"]
            assert repaid == 0 or (repaid > 0 and balance["overdrawn"] < taken["overdrawn"])
    assert ledger_sum(host) == 0


def ledger_sum(host: Caller) -> int:
    total, cursor = 0, ""
    while True:
        answer = host.http.get(host.path("credits"), params={"limit": 500, "cursor": cursor}).json()
        for entry in answer["data"]:
            assert sum(posting["amount"] for posting in entry["postings"]) == 0
            total += sum(posting["amount"] for posting in entry["postings"])
        if answer["next"] is None:
            return total
        cursor = answer["next"]
