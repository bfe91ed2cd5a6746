"""What is generated of the Python client is what it would be generated as."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from generate.blocking import blocking
from generate.errors import errors

ROOT = Path(__file__).parents[3]
PACKAGE = ROOT / "clients" / "python" / "workspace_billing"
SOURCES = sorted((PACKAGE / "aio").glob("*.py"))
STALE = "run `make client`"


def tidy(source: str, name: Path) -> str:
    """As ruff leaves it."""
    ruff = str(Path(sys.executable).with_name("ruff"))
    for command in (["check", "--fix-only", "--quiet"], ["format", "--quiet"]):
        source = subprocess.run(
            [ruff, *command, "--stdin-filename", name, "-"],
            input=source,
            capture_output=True,
            text=True,
            check=True,
            cwd=ROOT,
        ).stdout
    return source


class TestTheGeneratedFiles:
    @pytest.mark.parametrize("source", SOURCES, ids=lambda path: path.name)
    def test_the_blocking_client_is_that_of_the_asynchronous_one(self, source: Path) -> None:
        made = PACKAGE / "blocking" / source.name
        assert made.read_text() == tidy(blocking(source.name, source.read_text()), made), STALE

    def test_every_documented_code_has_its_error(self) -> None:
        made = PACKAGE / "errors.py"
        table = (ROOT / "docs" / "errors.md").read_text()
        assert made.read_text() == tidy(errors(table), made), STALE
