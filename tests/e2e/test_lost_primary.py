"""The database is killed while customers pay, and what takes its place lacks the last commits: the
steps of docs/operations/restore.md bring everything back."""

from __future__ import annotations

import random
import time
from pathlib import Path

import pytest

from tests.e2e.conftest import Start
from tests.support.database_copies import COPIES, Copy, Dump, Primary, primary_and_copy
from tests.support.paying_customers import PayingCustomers, everybody_has_what_was_paid_for
from tests.support.rounds import rounds
from tests.support.system import RunningSystem
from tests.support.whole_app import as_url

SECRET = "s" * 40


def lose(system: RunningSystem, primary: Primary, copy: Copy, moment: random.Random) -> str:
    """At some moment. What was signed last, and is kept elsewhere."""
    time.sleep(moment.uniform(0.5, 2.5))
    copy.cut_off()
    time.sleep(moment.uniform(0.5, 2.5))
    signed = system.cli("audit", "head").stdout
    time.sleep(moment.uniform(0.0, 0.5))
    primary.kill()
    system.kill()
    return signed


def restore(system: RunningSystem, url: str) -> None:
    system.environment = {**system.environment, "BILLING_DATABASE_URL": as_url(url)}
    system.cli("restored", "--reason", "the primary was lost")
    system.cli("heal")
    system.start()


@pytest.mark.slow
@pytest.mark.timeout(400)
@pytest.mark.parametrize("number", range(rounds(4)))
@pytest.mark.parametrize("kind", COPIES, ids=lambda kind: kind.name)
def test_nobody_loses_access_or_is_counted_wrongly(
    start: Start, tmp_path: Path, kind: type[Dump], number: int
) -> None:
    moment = random.Random(f"{kind.name} {number}")
    with primary_and_copy(tmp_path, kind) as (primary, copy):
        first = {"BILLING_DATABASE_URL": as_url(primary.url), "BILLING_JWT_SECRET": SECRET}
        with start(tmp_path / "system", **first) as system:
            customers = PayingCustomers(system, at_once=3)
            signed = lose(system, primary, copy, moment)
            restore(system, copy.recovered())
            customers.finish()
            system.cli("doctor", "--repair", check=False)
            everybody_has_what_was_paid_for(customers, system.host())
            assert system.cli("doctor", check=False).returncode == 0
            verified = system.cli("verify", "--full", check=False)
            assert verified.returncode == 0, verified.stdout
            kept = tmp_path / "signed"
            kept.write_text(signed)
            against = system.cli("verify", "--against", str(kept), check=False)
            assert against.returncode == 1, "what was signed of the lost events is missed"
