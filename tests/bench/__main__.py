"""All measurements, one after the other: `make bench`."""

from __future__ import annotations

import subprocess
import sys

BENCHES = ("metering", "webhooks", "flood", "rebuild", "audit", "kafka")


def main() -> int:
    """The number of measurements that broke off."""
    failed = 0
    for name in BENCHES:
        print(f"\n== {name}", flush=True)
        failed += subprocess.run([sys.executable, "-m", f"tests.bench.{name}"]).returncode != 0
    return failed


if __name__ == "__main__":
    sys.exit(main())
