"""Plays a history against a running version and keeps it as a fixture: see README.md.

python -m tests.upgrades.record --billing <that version's bin/billing> --out <folder>
"""

from __future__ import annotations

import argparse
import json
import lzma
import os
import shutil
import sqlite3
import subprocess
import time
from datetime import timedelta
from pathlib import Path

from deploy.demo.host import Host, eventually
from kernel.clock import rfc3339, utc_clock
from kernel.month import Month
from runtime.postgres import embedded_server
from tests.upgrades.answers import questions
from tests.upgrades.story import play

DUMP, SANDBOX, EXPECTED = "postgres.sql.xz", "sandbox.sqlite.xz", "expected.json.xz"
SECRETS = ("jwt.secret", "signing.secret", "sandbox-webhook.secret")

WEBHOOK_SECONDS = 5


def record(billing: Path, url: str, data: Path, out: Path) -> None:
    """`data` is the data directory of the system that answers on `url`."""
    out.mkdir(parents=True, exist_ok=True)
    host = Host(url, (data / "jwt.secret").read_text().strip())
    _run(billing, "demo", "--events", "1000")
    play(host)
    _run(billing, "erase", "--workspace", "acme-erased", "--confirm", "acme-erased")
    _await_rest(host)
    _keep_answers(host, out)
    _keep_state(data, out)


def _run(*command: str | Path) -> None:
    subprocess.run([str(part) for part in command], check=True)


def _await_rest(host: Host) -> None:
    """No event is under way any more, and none of what webhooks still bring."""
    time.sleep(WEBHOOK_SECONDS)
    eventually(
        lambda: host.send("GET", "/readyz").json(),
        lambda health: health["ready"] and not any(health["lag"].values()),
        "every read model caught up",
    )


def _keep_answers(host: Host, out: Path) -> None:
    at = utc_clock() + timedelta(seconds=1)
    this = Month.of(at)
    months = [str(month) for month in (this.previous.previous, this.previous, this)]
    kept = [
        {"path": asked.path, "query": asked.query, "body": asked.ask(host)}
        for asked in questions(host, months, rfc3339(at), _refused(host))
    ]
    expected = json.dumps({"recorded_at": rfc3339(at), "answers": kept}, indent=1)
    _keep(expected.encode(), out / EXPECTED)


def _refused(host: Host) -> list[str]:
    """The ids of decisions: one refusal of each metric."""
    token = host.token(roles=["service"])
    path = "/v1/metering/workspaces/acme-paid/can-send-message"
    answer = host.get(path, token)
    return [answer.headers["x-decision-id"]]


def _keep_state(data: Path, out: Path) -> None:
    for name in SECRETS:
        shutil.copy(data / name, out / name)
    dump = embedded_server.binary("pg_dump")
    url = embedded_server.start(data / "postgres")
    text = subprocess.run([dump, "--no-owner", url], check=True, capture_output=True).stdout
    _keep(text, out / DUMP)
    whole = out / "sandbox.sqlite"
    with sqlite3.connect(data / "sandbox.sqlite") as sandbox:
        sandbox.execute("VACUUM INTO ?", (str(whole),))
    _keep(whole.read_bytes(), out / SANDBOX)
    whole.unlink()


def _keep(content: bytes, path: Path) -> None:
    path.write_bytes(lzma.compress(content, preset=9 | lzma.PRESET_EXTREME))


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--billing", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    chosen = parser.parse_args()
    data = Path(os.environ["BILLING_DATA_DIR"])
    record(chosen.billing, f"http://127.0.0.1:{os.environ['BILLING_PORT']}", data, chosen.out)


if __name__ == "__main__":
    main()
