"""The newcomer's script."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from tests.clients.conftest import SECRET
from tests.support.system import RunningSystem

ROOT = Path(__file__).parents[2]
SCRIPT = ROOT / "examples" / "quickstart.py"


class TestTheQuickstart:
    def test_it_leads_to_a_plan_and_an_addon(self, system: RunningSystem) -> None:
        done = subprocess.run(
            [sys.executable, SCRIPT, system.url, SECRET],
            env={**os.environ, "PYTHONPATH": str(ROOT / "clients" / "python")},
            capture_output=True,
            text=True,
            timeout=60,
        )
        assert done.returncode == 0, done.stderr
        lines = done.stdout.splitlines()
        assert lines[:2] == ["conversation 0 counted", "conversation 1 counted"]
        assert lines[2].startswith("refused: This workspace has reached")
        assert lines[-2:] == ["on pro-monthly, active", "professional-ai-setup: paid"]

    def test_it_takes_sixty_lines(self) -> None:
        assert len(SCRIPT.read_text().splitlines()) <= 60
