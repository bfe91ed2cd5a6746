"""Resident memory with live counters of 100,000 workspaces, and how long loading them takes."""

from __future__ import annotations

import itertools
import time
from collections.abc import Sequence

import psycopg

from services.metering.application.recorder import SCHEMA
from tests.bench.load import drive
from tests.bench.metering_target import database, postgres, serving
from tests.bench.result import Result, single

WORKSPACES = 100_000


def measure(quick: bool) -> Sequence[Result]:
    with postgres() as server, database(server) as url:
        with psycopg.connect(url, autocommit=True) as connection:
            for metric in ("message", "conversation"):
                connection.execute(
                    f"INSERT INTO {SCHEMA}.metering_quotas (workspace, metric, month, used) "
                    "SELECT 'workspace-' || md5(n::text), %s, "
                    "to_char(now() AT TIME ZONE 'UTC', 'YYYYMM')::int, n "
                    "FROM generate_series(1, %s) n",
                    (metric, WORKSPACES),
                )
        started = time.perf_counter()
        with serving(url) as running:
            ready = time.perf_counter() - started
            target = running.target
            check = target.request("GET", "/v1/metering/workspaces/w/entitlements")
            drive(target, lambda _: itertools.repeat(check), 32, 1 if quick else 5)
            resident = running.resident_megabytes
    return [
        Result(
            "resident memory at 100,000 workspaces",
            single(resident),
            " MB",
            most=300,
            details=f"ready after {ready:.1f} s",
        )
    ]
