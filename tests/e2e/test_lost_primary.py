"""The database is killed while customers pay, and what takes its place lacks the last commits: the
steps of docs/operations/restore.md bring everything back."""

from __future__ import annotations

import random
import time
from functools import partial
from pathlib import Path

import pytest

from tests.e2e.conftest import Start
from tests.support.apart import SeparateSystem, separate_system
from tests.support.database_copies import (
    COPIES,
    Copy,
    Kind,
    Primary,
    Standby,
    primary_and_copy,
)
from tests.support.paying_customers import PayingCustomers, everybody_has_what_was_paid_for
from tests.support.rounds import rounds
from tests.support.system import RunningSystem, running_system
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


def forget_what_topics_hold_of_the_lost_history(system: SeparateSystem) -> None:
    """Consumers that were restored with the rest have read it by now."""
    time.sleep(5)
    system.cli("heal")
    system.cli("rebuild", "all")


def the_loss_is_told_until_it_is_accepted(system: RunningSystem, signed: str, kept: Path) -> None:
    """Of what was signed behind the copy, and by a head that somebody kept elsewhere for ever."""
    told = system.cli("verify", "--full", check=False)
    assert told.returncode == 1, "events are missed that were signed"
    assert "head_contradicted" in told.stdout
    assert "DRIFT" not in told.stdout, told.stdout
    system.cli("audit", "reseal", "--confirm", "reseal", "--reason", "the primary was lost")
    accepted = system.cli("verify", "--full", check=False)
    assert accepted.returncode == 0, accepted.stdout
    kept.write_text(signed)
    assert system.cli("verify", "--against", str(kept), check=False).returncode == 1


def drill(start: Start, directory: Path, kind: type[Kind], moment: random.Random) -> None:
    with primary_and_copy(directory, kind) as (primary, copy):
        first = {"BILLING_DATABASE_URL": as_url(primary.url), "BILLING_JWT_SECRET": SECRET}
        with start(directory / "system", **first) as system:
            customers = PayingCustomers(system, at_once=3)
            signed = lose(system, primary, copy, moment)
            restore(system, copy.recovered())
            customers.finish()
            if isinstance(system, SeparateSystem):
                forget_what_topics_hold_of_the_lost_history(system)
            system.cli("doctor", "--repair", check=False)
            everybody_has_what_was_paid_for(customers, system.host())
            assert system.cli("doctor", check=False).returncode == 0
            the_loss_is_told_until_it_is_accepted(system, signed, directory / "signed")


@pytest.mark.slow
@pytest.mark.timeout(400)
@pytest.mark.parametrize("number", range(rounds(4)))
@pytest.mark.parametrize("kind", COPIES, ids=lambda kind: kind.name)
def test_nobody_loses_access_or_is_counted_wrongly(
    tmp_path: Path, kind: type[Kind], number: int
) -> None:
    drill(running_system, tmp_path, kind, random.Random(f"{kind.name} {number}"))


@pytest.mark.kafka
@pytest.mark.soak
@pytest.mark.timeout(400)
def test_nor_where_parts_run_apart(tmp_path: Path, kafka_bootstrap: str) -> None:
    apart = partial(separate_system, bootstrap=kafka_bootstrap)
    drill(apart, tmp_path, Standby, random.Random("apart"))
