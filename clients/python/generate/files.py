"""All that is generated, by the place where it stands."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from generate.api import api
from generate.blocking import blocking
from generate.errors import errors
from generate.types import bodies, models
from generate.typescript import typescript

TYPESCRIPT = Path(__file__).parents[2] / "typescript" / "src"
PACKAGE = Path(__file__).parents[1] / "workspace_billing"
TABLE = Path(__file__).parents[3] / "docs" / "errors.md"


def generated(document: Mapping[str, Any]) -> dict[Path, str]:
    """From the API's OpenAPI document, the table of errors and the asynchronous client."""
    made = {
        PACKAGE / "models.py": models(document),
        PACKAGE / "bodies.py": bodies(document),
        PACKAGE / "errors.py": errors(TABLE.read_text()),
        PACKAGE / "aio" / "api.py": api(document),
    }
    asynchronous = {file: file.read_text() for file in (PACKAGE / "aio").glob("*.py")} | made
    for file, source in asynchronous.items():
        if file.parent.name == "aio":
            made[PACKAGE / "blocking" / file.name] = blocking(file.name, source)
    others = typescript(document, TABLE.read_text())
    tidied = {file: _tidy(text, file) for file, text in made.items()}
    return tidied | {TYPESCRIPT / name: text for name, text in others.items()}


def _tidy(source: str, file: Path) -> str:
    """As ruff leaves it."""
    ruff = Path(sys.executable).with_name("ruff")
    for command in (["check", "--fix-only", "--quiet"], ["format", "--quiet"]):
        done = subprocess.run(
            [ruff, *command, "--stdin-filename", file, "-"],
            input=source,
            capture_output=True,
            text=True,
            check=True,
            cwd=PACKAGE,
        )
        source = done.stdout
    return source
