"""A pytest plugin: without a browser its tests are left out, and the run says so at its end."""

from __future__ import annotations

import os
import shutil
from typing import Any

import pytest

LEFT_OUT = pytest.StashKey[int]()
REQUIRED = "BILLING_REQUIRE_BROWSER"
_KEY = "browser_tests_left_out"


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Runs last: counted are those that the run would have had."""
    if shutil.which("chromedriver") or REQUIRED in os.environ:
        return
    left_out = [item for item in items if item.get_closest_marker("browser")]
    config.hook.pytest_deselected(items=left_out)
    items[:] = [item for item in items if item not in left_out]
    config.stash[LEFT_OUT] = len(left_out)
    if hasattr(config, "workeroutput"):
        config.workeroutput[_KEY] = len(left_out)


def pytest_testnodedown(node: Any) -> None:
    """`node` is xdist's controller of a worker; each worker collects the same tests."""
    node.config.stash[LEFT_OUT] = getattr(node, "workeroutput", {}).get(_KEY, 0)


def pytest_terminal_summary(
    terminalreporter: pytest.TerminalReporter, config: pytest.Config
) -> None:
    count = config.stash.get(LEFT_OUT, 0)
    if count:
        terminalreporter.write_line(
            f"{count} browser {'test was' if count == 1 else 'tests were'} left out, for want of "
            "Chromium and its driver (Debian: apt-get install chromium chromium-driver)."
        )
