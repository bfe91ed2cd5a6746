"""Who generates a client from the document, in whatever language, gets all of it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.npm import ROOT
from tests.support.openapi import Document, served_document
from tests.support.system import RunningSystem
from tests.support.typescript import types_of

LOCK = ROOT / "tests" / "support" / "openapi_python_client" / "requirements.lock"
USE = """
import sys
from workspace_billing_client import Client
from workspace_billing_client.api.plans import price_plans
pricing = price_plans.sync(client=Client(base_url=sys.argv[1]))
print([plan.slug for plan in pricing.data])
"""


@pytest.fixture(scope="module")
def document(postgres_url: str, tmp_path_factory: pytest.TempPathFactory) -> Document:
    return served_document(postgres_url, tmp_path_factory.mktemp("document"))


@pytest.fixture(scope="module")
def generator(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An environment of its own: it wants older versions of what this system uses."""
    folder = ROOT / ".cache" / "openapi_python_client"
    mark, wanted = folder / "installed", LOCK.read_bytes()
    if not mark.exists() or mark.read_bytes() != wanted:
        subprocess.run([sys.executable, "-m", "venv", "--clear", folder], check=True)
        pip = str(folder / "bin" / "pip")
        command = [pip, "install", "--quiet", "--require-hashes", "-r", str(LOCK)]
        subprocess.run(command, check=True)
        mark.write_bytes(wanted)
    return folder / "bin"


@pytest.mark.slow
@pytest.mark.timeout(400)
class TestGenerators:
    def test_openapi_typescript_warns_of_nothing(self, document: Document) -> None:
        assert "startCheckout" in types_of(document)

    def test_openapi_python_client_warns_of_nothing_and_what_it_makes_works(
        self, document: Document, generator: Path, system: RunningSystem, tmp_path: Path
    ) -> None:
        source, made = tmp_path / "openapi.json", tmp_path / "made"
        source.write_text(json.dumps(document))
        variables = {**os.environ, "PATH": f"{generator}{os.pathsep}{os.environ['PATH']}"}
        command = [str(generator / "openapi-python-client"), "generate", "--fail-on-warning"]
        done = subprocess.run(
            [*command, "--path", str(source), "--output-path", str(made)],
            env=variables,
            capture_output=True,
            text=True,
        )
        assert (done.returncode, done.stderr) == (0, ""), done.stdout
        used = subprocess.run(
            [generator / "python", "-c", USE, system.url], cwd=made, capture_output=True, text=True
        )
        assert "pro-monthly" in used.stdout, used.stderr
