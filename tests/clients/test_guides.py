"""The code of the guides runs."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.clients.conftest import SECRET
from tests.support.system import RunningSystem

GUIDE = Path(__file__).parents[2] / "docs" / "guides" / "python-client.md"
BLOCK = re.compile(r"^```python\n(.*?)^```", re.MULTILINE | re.DOTALL)


class TestTheGuideOfThePythonClient:
    def test_its_blocks_run_one_after_another(
        self,
        system: RunningSystem,
        pay: Callable[[str], None],
        capsys: pytest.CaptureFixture[str],
        tmp_path: Path,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        monkeypatch.chdir(tmp_path)
        names: dict[str, object] = {"pay": pay}
        for block in BLOCK.findall(GUIDE.read_text(encoding="utf-8")):
            code = block.replace("http://127.0.0.1:8000", system.url)
            code = code.replace('open(".data/jwt.secret").read().strip()', repr(SECRET))
            code = code.replace('print("pay at", checkout.url)', "pay(checkout.url)")
            exec(compile(code, str(GUIDE), "exec"), names)
        assert (tmp_path / "usage.sqlite").exists()
        assert "pro-monthly active\npro-monthly\n" in capsys.readouterr().out
