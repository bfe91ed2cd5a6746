"""What the system occupies: shared pages are counted once."""

from __future__ import annotations

from pathlib import Path

import httpx
import psutil

from deploy.composition import POSTGRES_DIRECTORY

MEGABYTE = 1024 * 1024


def resident_megabytes(url: str, data_directory: Path) -> dict[str, float]:
    """By part; empty where the processes are not on this machine."""
    found: dict[str, float] = {}
    metrics = httpx.get(f"{url}/metrics", trust_env=False).text.splitlines()
    for line in metrics:
        if line.startswith("process_resident_memory_bytes "):
            found["all in one"] = float(line.split()[1]) / MEGABYTE
    pid_file = data_directory / POSTGRES_DIRECTORY / "postmaster.pid"
    if pid_file.exists():
        postmaster = psutil.Process(int(pid_file.read_text().split()[0]))
        family = [postmaster, *postmaster.children(recursive=True)]
        found["PostgreSQL"] = sum(process.memory_full_info().pss for process in family) / MEGABYTE
    found["together"] = sum(found.values())
    return found
