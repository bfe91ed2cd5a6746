"""The demo, and the demo with the process killed under it."""

from __future__ import annotations

import json
import subprocess
import time
from pathlib import Path

import pytest

from tests.support.system import BILLING, RunningSystem, running_system


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
    def test_ends_with_equal_numbers(self, tmp_path: Path) -> None:
        with running_system(tmp_path) as system:
            playing = demo(system, 20_000)
            output, told = playing.communicate(timeout=110)
            assert playing.returncode == 0, told + system.log[-3000:]
            outcome = json.loads(output)
            assert outcome["equal"]
            assert outcome["checked"] > 100

    @pytest.mark.timeout(240)
    def test_kill_in_the_middle_loses_nothing_and_counts_nothing_twice(
        self, tmp_path: Path
    ) -> None:
        with running_system(tmp_path) as system:
            playing = demo(system, 60_000)
            for pause in (4.0, 3.0, 2.0):
                time.sleep(pause)
                assert playing.poll() is None or playing.returncode == 0
                system.kill()
                system.start()
            output, told = playing.communicate(timeout=200)
            assert playing.returncode == 0, told + system.log[-3000:]
            assert json.loads(output)["equal"]


class TestRebuild:
    def test_read_models_can_be_dropped_and_built_to_the_same_rows(self, tmp_path: Path) -> None:
        with running_system(tmp_path) as system:
            playing = demo(system, 5_000)
            _, told = playing.communicate(timeout=110)
            assert playing.returncode == 0, told
            before = system.cli("verify")
            rebuilt = system.cli("rebuild", "usage_counters")
            after = system.cli("verify")
        assert before.returncode == rebuilt.returncode == after.returncode == 0
