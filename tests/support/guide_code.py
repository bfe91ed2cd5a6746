"""The code of a document, run as it stands there, block after block."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.support.system import RunningSystem

BLOCK = re.compile(r"^```(?P<language>\w+)\n(?P<code>.*?)^```", re.MULTILINE | re.DOTALL)
ORIGIN = "http://127.0.0.1:8000"
SECRET_FILE = 'open(".data/jwt.secret").read().strip()'
# What a reader would do in the browser.
PAYS = re.compile(r'print\("pay at", (?P<url>[\w.]+)\)')
WORKSPACE = re.compile(r"(?<=[\"/= ])acme(?=[\"/= -]|$)", re.MULTILINE)
CURL = "silent\nshow-error\nfail-with-body\n"


def blocks(text: str) -> Iterator[tuple[str, str]]:
    """Language and code."""
    for found in BLOCK.finditer(text):
        yield found["language"], found["code"]


@dataclass
class Reader:
    """Somebody who types what a document says, in a directory of their own and for a workspace
    that is theirs."""

    system: RunningSystem
    directory: Path
    secret: str
    workspace: str
    names: dict[str, Any] = field(default_factory=dict)

    def reads(self, text: str, pay: Callable[[str], None]) -> None:
        self.names["pay"] = pay
        (self.directory / ".curlrc").write_text(CURL)
        (self.directory / ".venv").symlink_to(Path(sys.executable).parents[1])
        (self.directory / "environment").touch()
        for language, code in blocks(text):
            if language in {"sh", "python"}:
                typed = code.replace(ORIGIN, self.system.url)
                typed = WORKSPACE.sub(self.workspace, typed)
                (self._shell if language == "sh" else self._python)(typed)

    def _python(self, code: str) -> None:
        code = PAYS.sub(r"pay(\g<url>)", code).replace(SECRET_FILE, repr(self.secret))
        exec(compile(code, "the document", "exec"), self.names)

    def _shell(self, code: str) -> None:
        script = f"set -euo pipefail -a\n. ./environment\n{code}\nexport -p > environment\n"
        done = subprocess.run(
            ["bash", "-c", script],
            cwd=self.directory,
            env={**self.system.variables, "CURL_HOME": str(self.directory)},
            capture_output=True,
            text=True,
            timeout=120,
        )
        assert done.returncode == 0, f"{code}\n{done.stdout}\n{done.stderr}"
