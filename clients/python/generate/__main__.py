"""`python -m generate [DOCUMENT]` in this folder: writes what is generated of the client anew.

DOCUMENT is the file of the API's OpenAPI document, or its address; without it the models stay.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import httpx

from generate.blocking import blocking
from generate.errors import errors
from generate.models import models

PACKAGE = Path(__file__).parents[1] / "workspace_billing"
TABLE = Path(__file__).parents[3] / "docs" / "errors.md"


def main(place: str = "") -> None:
    if place:
        text = httpx.get(place).text if "://" in place else Path(place).read_text()
        (PACKAGE / "models.py").write_text(models(json.loads(text)))
    (PACKAGE / "errors.py").write_text(errors(TABLE.read_text()))
    for source in (PACKAGE / "aio").glob("*.py"):
        made = PACKAGE / "blocking" / source.name
        made.parent.mkdir(exist_ok=True)
        made.write_text(blocking(source.name, source.read_text()))
    ruff = Path(sys.executable).with_name("ruff")
    for command in (["check", "--fix", "--quiet"], ["format", "--quiet"]):
        subprocess.run([ruff, *command, PACKAGE], check=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
