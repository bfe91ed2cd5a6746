"""Reservations of a declared meter beside exact messages, and what many open grants cost them."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial

from tests.bench.load import Requests, Target
from tests.bench.metering_target import PLENTY, database, postgres, serving
from tests.bench.requests import CONNECTIONS
from tests.bench.result import Result
from tests.bench.turns import Load, compared, in_turns
from tests.bench.usage import messages
from tests.support.metering_caller import Caller, caller
from tests.support.metering_plans import Billing
from tests.support.meters import declare, quota, slugs
from tests.support.waiting import wait_until

OF_GRANTS, GRANTS = 8, 1_000


def measure(quick: bool) -> Sequence[Result]:
    seconds, turns = (1.5, 3) if quick else (4.0, 5)
    with postgres() as server, database(server) as url, serving(url, "--no-projection") as running:
        _prepare(running.process.origin, Billing(url))
        ours = running.target
        loads = {
            "message": Load(ours, partial(messages, ours), CONNECTIONS, events=1),
            "reservation": Load(ours, partial(_reservations, ours, "quota"), CONNECTIONS),
            "none": Load(ours, partial(_reservations, ours, "quota"), OF_GRANTS),
            "grants": Load(ours, partial(_reservations, ours, "credits"), OF_GRANTS),
        }
        found = in_turns(loads, turns, seconds)
    many = f"reservation, {GRANTS:,} open grants"
    return [
        *compared("reservation", found["reservation"], found["message"], "message", least=0.8),
        *compared(many, found["grants"], found["none"], "none", least=0.5),
    ]


def _reservations(target: Target, kind: str) -> Requests:
    """Each connection is a workspace's."""

    def requests(number: int) -> Iterator[bytes]:
        path = f"/v1/metering/workspaces/{kind}{number}/reservations"
        while True:
            name = os.urandom(16).hex().encode()
            yield target.request("POST", path, b'{"id":"%b","meter":"tokens","amount":1}' % name)

    return requests


def _prepare(origin: str, billing: Billing) -> None:
    """Some workspaces have plenty of quota, others none but grants."""
    declare(origin)
    for kind, units, workspaces in (("quota", PLENTY, CONNECTIONS), ("credits", 0, OF_GRANTS)):
        billing.plan(kind, PLENTY, PLENTY, quotas=quota(units))
        for number in range(workspaces):
            billing.subscribe(f"{kind}{number}", kind)
    with ThreadPoolExecutor(OF_GRANTS) as pool:
        list(pool.map(partial(_grant, origin), range(OF_GRANTS)))


def _grant(origin: str, number: int) -> None:
    with caller(origin, ws=f"credits{number}") as host:
        wait_until(lambda: _knows(host), "the meter and the plan are known", 60)
        for each in range(GRANTS):
            answer = host.grant(f"g{each}", 10**9)
            assert answer.status_code == 201, answer.text


def _knows(host: Caller) -> bool:
    return "tokens" in slugs(host) and host.entitlements()["plan"] == "credits"
