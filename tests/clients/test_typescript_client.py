"""The TypeScript client: its own tests on Node.js, against the real server where they need one."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest

from generate.typescript import answered
from tests.clients.conftest import SECRET
from tests.support.npm import ROOT, run
from tests.support.openapi import served_document
from tests.support.system import RunningSystem
from tests.support.typescript import CLIENT, SCHEMA, compiled, types_of

GUIDE = ROOT / "docs" / "guides" / "typescript-client.md"
BLOCK = re.compile(r"^```ts\n(.*?)^```", re.MULTILINE | re.DOTALL)
PAY = """await fetch(checkout.url, {
  method: "POST",
  body: new URLSearchParams({ card: "4242 4242 4242 4242" }),
  redirect: "manual",
})"""


class TestTheTypeScriptClient:
    def test_its_own_tests_pass(self, system: RunningSystem) -> None:
        environment = {**os.environ, "BILLING_URL": system.url, "BILLING_SECRET": SECRET}
        tests = sorted((CLIENT / "test").glob("*.test.ts"))
        done = run("--test", *tests, cwd=CLIENT, env=environment)
        assert done.returncode == 0, done.stdout[-6000:]

    def test_the_blocks_of_its_guide_run_one_after_another(
        self, system: RunningSystem, tmp_path: Path
    ) -> None:
        code = "\n".join(BLOCK.findall(GUIDE.read_text(encoding="utf-8")))
        for found, put in {
            "http://127.0.0.1:8000": system.url,
            'readFileSync(".data/jwt.secret", "utf8").trim()': repr(SECRET),
            '"workspace-billing-client"': f'"{(CLIENT / "src" / "index.ts").as_uri()}"',
            'console.log("pay at", checkout.url)': PAY,
        }.items():
            assert found in code
            code = code.replace(found, put)
        script = tmp_path / "guide.mts"
        script.write_text(code)
        done = run(script)
        assert done.returncode == 0, done.stderr
        assert "pro-monthly active\npro-monthly\n" in done.stdout

    @pytest.mark.slow
    def test_its_types_are_those_of_the_present_document(
        self, postgres_url: str, tmp_path: Path
    ) -> None:
        document = served_document(postgres_url, tmp_path)
        assert SCHEMA.read_text() == types_of(answered(document)), "run `make client`"

    @pytest.mark.slow
    def test_its_types_and_those_of_its_use_are_right(self) -> None:
        done = compiled()
        assert done.returncode == 0, done.stdout
