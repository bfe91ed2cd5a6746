"""The demo, and the demo with the process killed under it."""

from __future__ import annotations

import json
import subprocess
import time

import pytest

from tests.support.system import BILLING, RunningSystem


def demo(system: RunningSystem, events: int) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [BILLING, "demo", "--json", "--events", str(events)],
        cwd=system.directory,
        env=system.variables,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


class TestDemo:
    @pytest.mark.slow
    def test_ends_with_equal_numbers_and_so_do_the_read_models_when_built_again(
        self, system: RunningSystem
    ) -> None:
        playing = demo(system, 10_000)
        output, told = playing.communicate(timeout=200)
        assert playing.returncode == 0, told + system.log[-3000:]
        outcome = json.loads(output)
        assert outcome["equal"]
        assert outcome["checked"] > 100
        for command in (
            ["verify"],
            ["rebuild", "all"],
            ["rebuild", "billing.invoices"],
            ["verify"],
        ):
            done = system.cli(*command, check=False)
            assert done.returncode == 0, done.stdout + done.stderr

    @pytest.mark.slow
    @pytest.mark.timeout(400)
    def test_kill_in_the_middle_loses_nothing_and_counts_nothing_twice(
        self, system: RunningSystem
    ) -> None:
        playing = demo(system, 20_000)
        for pause in (3.0, 2.0, 2.0):
            time.sleep(pause)
            assert playing.poll() is None, "the demo must still be playing when it is hit"
            system.kill()
            system.start()
        output, told = playing.communicate(timeout=300)
        assert playing.returncode == 0, told + system.log[-3000:]
        assert json.loads(output)["equal"]
