"""Usage that is kept on disk until billing has it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.support.system import RunningSystem
from tests.support.waiting import wait_until
from workspace_billing import Billing, Retries, Sending, Spool, Unreachable

CLIENT = Path(__file__).parents[2] / "clients" / "python"
ADDING_UNTIL_KILLED = """
import itertools, sys
from workspace_billing import Spool
spool = Spool(sys.argv[1])
for number in itertools.count():
    spool.message(sys.argv[2], f"m{number}")
    print(number, flush=True)
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "usage.sqlite"


def used(billing: Billing, workspace: str) -> int:
    return billing.workspaces(workspace).entitlements().used.messages


class TestASpool:
    def test_what_it_took_outlives_a_kill_and_counts_once(
        self, billing: Billing, workspace: str, file: Path
    ) -> None:
        command = [sys.executable, "-c", ADDING_UNTIL_KILLED, str(file), workspace]
        found = {**os.environ, "PYTHONPATH": str(CLIENT)}
        adding = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=found)
        assert adding.stdout is not None
        taken = [int(adding.stdout.readline()) for _ in range(50)]
        adding.send_signal(signal.SIGKILL)
        taken += [int(line) for line in adding.communicate()[0].splitlines()]
        spool = Spool(file)
        waiting = spool.pending()
        assert waiting in {len(taken), len(taken) + 1}
        Sending(spool, billing).flush()
        for number in taken[:3]:
            spool.message(workspace, f"m{number}")
        Sending(spool, billing).flush()
        assert (used(billing, workspace), spool.pending()) == (waiting, 0)

    def test_an_event_counts_in_the_month_in_which_it_happened(
        self, billing: Billing, workspace: str, file: Path
    ) -> None:
        spool = Spool(file)
        spool.message(workspace, "late", occurred_at=datetime.now(UTC) - timedelta(days=40))
        Sending(spool, billing).flush()
        assert used(billing, workspace) == 0

    def test_what_is_refused_is_kept_with_its_reason(
        self, billing: Billing, workspace: str, file: Path
    ) -> None:
        spool = Spool(file)
        spool.message(workspace, "good")
        spool.message(workspace, "early", occurred_at=datetime.now(UTC) + timedelta(hours=1))
        spool.message(workspace, "x" * 300)
        Sending(spool, billing).flush()
        assert used(billing, workspace) == 1
        assert [len(refused.event["id"]) for refused in spool.rejected()] == [5, 300]
        assert all(refused.reason for refused in spool.rejected())
        spool.try_rejected_again()
        Sending(spool, billing).flush()
        assert len(spool.rejected()) == 2
        spool.drop_rejected()
        assert spool.rejected() == []

    def test_one_that_spoils_its_batch_does_not_hold_up_the_others(
        self, billing: Billing, workspace: str, file: Path
    ) -> None:
        spool = Spool(file)
        for message in ("m1", "x" * 5_000_000, "m2"):
            spool.message(workspace, message)
        Sending(spool, billing).flush()
        assert (used(billing, workspace), spool.pending()) == (2, 0)
        assert len(spool.rejected()) == 1

    def test_two_that_send_from_one_file_count_nothing_twice(
        self, billing: Billing, workspace: str, file: Path
    ) -> None:
        spool, other = Spool(file), Spool(file)
        with Sending(spool, billing), Sending(other, billing):
            for number in range(200):
                (spool, other)[number % 2].message(workspace, f"m{number}")
            wait_until(lambda: spool.pending() == 0, "all is sent")
        assert used(billing, workspace) == 200

    def test_it_waits_for_billing_to_come_back(
        self, system: RunningSystem, billing: Billing, workspace: str, file: Path
    ) -> None:
        spool = Spool(file)
        spool.message(workspace, "m1")
        nowhere = Billing("http://127.0.0.1:9", auth="t", retries=Retries(attempts=1))
        with nowhere, pytest.raises(Unreachable):
            Sending(spool, nowhere).flush()
        assert spool.pending() == 1
        with Sending(spool, billing):
            wait_until(lambda: spool.pending() == 0, "it is sent")
