"""The database is away: whoever asks is told to come back, in the one envelope."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict, make_conninfo
from psycopg.sql import SQL, Identifier

from tests.support.answers import code
from tests.support.tokens import bearer
from tests.support.waiting import wait_until
from tests.support.whole_app import whole_app

ROOT = bearer("super_admin", "auditor", "service", subject="root", acme="owner")
ASKED = ["/v1/projections/plans", "/v1/audit/events", "/v1/webhook-endpoints"]


@contextmanager
def away(url: str) -> Iterator[None]:
    name = str(conninfo_to_dict(url)["dbname"])
    allow = SQL("ALTER DATABASE {} ALLOW_CONNECTIONS {}")
    with psycopg.connect(make_conninfo(url, dbname="postgres"), autocommit=True) as admin:
        admin.execute(allow.format(Identifier(name), SQL("false")))
        admin.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", (name,)
        )
        try:
            yield
        finally:
            admin.execute(allow.format(Identifier(name), SQL("true")))


@pytest.mark.slow
def test_everybody_is_told_to_come_back_and_then_answered(
    migrated_url: str, tmp_path: Path
) -> None:
    with whole_app(migrated_url, tmp_path) as client:
        with away(migrated_url):
            for path in ASKED:
                answer = client.get(path, headers=ROOT)
                assert code(answer) == (503, "unavailable")
                assert answer.headers["retry-after"] == "1"
        for path in ASKED:
            wait_until(lambda path=path: client.get(path, headers=ROOT).is_success, path)  # type: ignore[misc]
