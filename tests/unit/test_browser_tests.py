"""What becomes of the browser tests on a machine without a browser."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SUITE = """
import pytest

@pytest.mark.browser
def test_a_page(): ...

def test_a_function(): ...
"""


@pytest.fixture
def run(tmp_path: Path) -> Callable[..., str]:
    """Runs a suite of two tests, one of them in a browser, where no browser is."""
    (tmp_path / "test_suite.py").write_text(SUITE)
    nowhere = {**os.environ, "PATH": str(tmp_path), "PYTHONPATH": str(ROOT)}
    for name in ("BILLING_REQUIRE_BROWSER", "PYTEST_ADDOPTS"):
        nowhere.pop(name, None)

    def run(*options: str, **environment: str) -> str:
        command = [sys.executable, "-m", "pytest", "-p", "tests.support.browser", *options]
        done = subprocess.run(
            command, cwd=tmp_path, env=nowhere | environment, capture_output=True, text=True
        )
        return done.stdout

    return run


@pytest.mark.parametrize(
    "options",
    [(), pytest.param(("-n", "1"), marks=pytest.mark.slow)],
    ids=["one process", "workers"],
)
def test_they_are_left_out_and_the_end_says_how_to_get_one(
    run: Callable[..., str], options: tuple[str, ...]
) -> None:
    *_, told, totals = run(*options).splitlines()
    assert told.startswith("1 browser test was left out")
    assert "apt-get install chromium" in told
    assert "1 passed" in totals


def test_a_run_without_them_says_nothing(run: Callable[..., str]) -> None:
    assert "left out" not in run("-m", "not browser")


def test_they_run_where_they_are_required(run: Callable[..., str]) -> None:
    said = run(BILLING_REQUIRE_BROWSER="1")
    assert "2 passed" in said
    assert "left out" not in said
