"""The README's commands, as they stand there."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.support.system import RunningSystem, running_system
from tests.support.waiting import wait_until

README = Path(__file__).parents[2] / "README.md"
BLOCK = re.compile(r"^```sh\n(.*?)^```", re.MULTILINE | re.DOTALL)
ORIGIN = "http://127.0.0.1:8000"
needs_curl = pytest.mark.skipif(shutil.which("curl") is None, reason="there is no curl here")


def walk() -> list[str]:
    """The blocks behind the heading, each with the names that those before it define."""
    blocks = BLOCK.findall(README.read_text(encoding="utf-8").partition("## A first walk")[2])
    names: list[str] = []
    scripts = []
    for block in blocks:
        scripts.append("\n".join([*names, block]))
        names += [line for line in block.splitlines() if re.match(r"[A-Z]+=", line)]
    return scripts


def run(system: RunningSystem, script: str) -> list[Any]:
    """What each curl of the script answers. One that is refused fails."""
    (system.directory / ".curlrc").write_text("silent\nfail-with-body\nwrite-out = \\n\n")
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", script.replace(ORIGIN, system.url)],
        cwd=system.directory,
        env={**system.variables, "CURL_HOME": str(system.directory)},
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


@needs_curl
class TestTheFirstWalk:
    def test_it_leads_to_a_subscription_that_may_be_used(self, tmp_path: Path) -> None:
        (tmp_path / ".venv").symlink_to(Path(sys.executable).parents[1])
        choosing, using = walk()
        with running_system(tmp_path) as system:
            pricing, checkout = run(system, choosing)
            assert "pro-monthly" in {plan["slug"] for plan in pricing["data"]}
            paid = system.http.post(checkout["url"], data={"card": "4242 4242 4242 4242"})
            assert paid.status_code == 303
            wait_until(lambda: run(system, using)[0]["status"] == "active", "it is active")
            _, check, message, entitlements = run(system, using)
        assert check["allowed"]
        assert message == {"id": "message-1", "status": "duplicate"}
        assert (entitlements["plan"], entitlements["used"]["messages"]) == ("pro-monthly", 1)

    def test_make_knows_the_commands(self) -> None:
        makefile = (README.parent / "Makefile").read_text()
        named = set(re.findall(r"\bmake ([a-z]+)\b", README.read_text()))
        assert {"run", "test"} <= named
        assert [name for name in named if f"\n{name}:" not in makefile] == []
