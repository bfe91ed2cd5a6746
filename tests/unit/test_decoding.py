"""Reading events in many threads."""

from __future__ import annotations

import subprocess
import sys


class TestFirstUse:
    def test_given_types_nobody_read_when_threads_read_them_at_once_then_nothing_crashes(
        self,
    ) -> None:
        command = [sys.executable, "-m", "tests.support.first_uses"]
        done = subprocess.run(command, capture_output=True, text=True, timeout=120)
        assert (done.returncode, done.stdout) == (0, "alive\n"), done.stderr[-2000:]
