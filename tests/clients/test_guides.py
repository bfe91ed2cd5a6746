"""The code of the guides runs."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.clients.conftest import SECRET
from tests.support.guide_code import Reader, blocks
from tests.support.system import RunningSystem
from workspace_billing import Billing

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
README = (ROOT / "README.md").read_text(encoding="utf-8")
# Run by tests/integration: test_read_events.py has a broker, test_audit_export.py an export.
ELSEWHERE = frozenset({"guides/read-events.md", "guides/audit-with-duckdb.md"})
SHOWN = frozenset({"console", "text", "ini", "json", "js", "ts", "sql", "csv", "mermaid"})


def text_of(page: str) -> str:
    return (DOCS / page).read_text(encoding="utf-8")


def languages(page: str) -> set[str]:
    return {language for language, _ in blocks(text_of(page))}


ALL = ["quickstart.md", *sorted(f"guides/{path.name}" for path in DOCS.glob("guides/*.md"))]
RUN = [page for page in ALL if languages(page) - SHOWN and page not in ELSEWHERE]


def is_slow(page: str) -> bool:
    """Each `billing` that is typed is a process."""
    return text_of(page).count(".venv/bin/billing") > 0


@pytest.fixture
def reader(
    system: RunningSystem, workspace: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Reader:
    monkeypatch.chdir(tmp_path)
    return Reader(system, tmp_path, SECRET, workspace)


@pytest.mark.skipif(shutil.which("curl") is None, reason="there is no curl here")
@pytest.mark.parametrize(
    "page",
    [pytest.param(page, marks=[pytest.mark.slow] if is_slow(page) else []) for page in RUN],
)
def test_its_blocks_run_one_after_another(
    page: str, reader: Reader, pay: Callable[[str], None]
) -> None:
    reader.reads(text_of(page), pay)


class TestTheReadme:
    def test_its_host_runs(self, billing: Billing, workspace: str) -> None:
        [code] = [code for language, code in blocks(README) if language == "python"]
        exec(code.replace('"acme"', repr(workspace)), {"billing": billing})

    def test_make_knows_the_commands(self) -> None:
        makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
        named = set(re.findall(r"\bmake ([a-z]+)\b", README))
        assert {"run", "test"} <= named
        assert [name for name in named if f"\n{name}:" not in makefile] == []


class TestTheBlocks:
    def test_are_of_languages_that_are_run_or_only_shown(self) -> None:
        assert {each for page in ALL for each in languages(page)} <= {"sh", "python", *SHOWN}

    def test_name_targets_that_make_has(self) -> None:
        makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
        typed = [code for page in ALL for kind, code in blocks(text_of(page)) if kind == "console"]
        targets = [
            re.fullmatch(r"\$ make (\w+)", line)
            for code in typed
            for line in code.split("\n")
            if line
        ]
        assert targets
        assert all(found and f"\n{found[1]}:" in makefile for found in targets)


class TestTheGuideOfTheRunningSystem:
    @pytest.mark.parametrize(
        ("address", "text"),
        [
            ("", '<h1 id="workspace-billing">'),
            ("quickstart", "Start it"),
            ("gateways/", "How gateways differ"),
            ("reference/api", "<code>POST /v1/billing/workspaces/{ws}/checkout</code>"),
            ("reference/settings", "BILLING_DATABASE_URL"),
        ],
    )
    def test_shows_the_documents(self, system: RunningSystem, address: str, text: str) -> None:
        answer = system.http.get(f"/guide/{address}")
        assert (answer.status_code, text in answer.text) == (200, True)
        assert "script-src" not in answer.headers["content-security-policy"]

    @pytest.mark.parametrize("address", ["nothing", "../README.md", "index.md", "%2e%2e/x"])
    def test_shows_nothing_else(self, system: RunningSystem, address: str) -> None:
        answer = system.http.get(f"/guide/{address}")
        assert (answer.status_code, answer.json()["error"]["code"]) == (404, "not_found")
