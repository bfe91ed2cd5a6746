"""Quota checks and exact messages of metering alone, against what others would build."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from functools import partial

from tests.bench.load import Target
from tests.bench.metering_target import database, postgres, serving
from tests.bench.peers import no_op_and_sql
from tests.bench.result import Result
from tests.bench.turns import Load, compared, in_turns
from tests.bench.usage import checks, messages

CONNECTIONS = 32


def measure(quick: bool) -> Sequence[Result]:
    seconds, turns = (1.5, 3) if quick else (4.0, 5)
    with (
        postgres() as server,
        database(server) as url,
        serving(url, "--no-projection") as running,
        no_op_and_sql(server) as peer,
    ):
        ours = running.target
        loads = {
            "no-op": no_op(peer),
            "check": Load(ours, partial(checks, ours), CONNECTIONS),
            "message": Load(ours, partial(messages, ours), CONNECTIONS, events=1),
            "sql": Load(peer, partial(messages, peer, ""), CONNECTIONS, events=1),
        }
        found = in_turns(loads, turns, seconds)
    check, message, nothing = found["check"], found["message"], found["no-op"]
    return [
        *compared("check", check, nothing, "FastAPI no-op", least=3.0, p99_most=0.6),
        *compared("message, alone", message, nothing, "FastAPI no-op", least=1.5, p99_most=1.0),
        *compared("message, alone", message, found["sql"], "FastAPI, one SQL function"),
    ]


def no_op(peer: Target) -> Load:
    return Load(peer, lambda: lambda _: itertools.repeat(peer.request("GET", "/nothing")), 32)
