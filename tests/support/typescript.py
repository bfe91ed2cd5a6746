"""`python -m tests.support.typescript DOCUMENT` writes the types of the TypeScript client."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from generate.typescript import answered
from tests.support.npm import ROOT, installed, run

CLIENT = ROOT / "clients" / "typescript"
SCHEMA = CLIENT / "src" / "schema.ts"


def types_of(document: Mapping[str, Any]) -> str:
    """By openapi-typescript; raises when it warns of something."""
    packages = installed(CLIENT) / "node_modules"
    with tempfile.TemporaryDirectory() as folder:
        source, made = Path(folder, "openapi.json"), Path(folder, "schema.ts")
        source.write_text(json.dumps(document))
        generator = packages / "openapi-typescript" / "bin" / "cli.js"
        # What has a default may be left out.
        done = run(generator, source, "--output", made, "--default-non-nullable", "false")
        said = done.stdout + done.stderr
        if done.returncode or "warn" in said.lower():
            raise RuntimeError(said)
        return made.read_text()


def compiled() -> subprocess.CompletedProcess[str]:
    """Types alone, of the client and its tests."""
    packages = installed(CLIENT) / "node_modules"
    return run(
        packages / "typescript" / "bin" / "tsc",
        *("-p", CLIENT / "tsconfig.check.json", "--typeRoots", packages / "@types"),
    )


if __name__ == "__main__":
    SCHEMA.write_text(types_of(answered(json.loads(Path(sys.argv[1]).read_text()))))
