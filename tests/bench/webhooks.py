"""How long a gateway waits for its 2xx while 1,000 webhooks arrive.

The webhooks are signed, all different, and each names a live subscription, so that the worker
fetches and observes behind the answers. The no-op route is `/healthz` of the same process.
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterator
from pathlib import Path

from rich.console import Console
from rich.table import Table

from deploy.demo.host import Host, eventually
from deploy.settings import Settings, development_secret
from gateways.sandbox.signatures import HEADER, signature
from kernel.clock import utc_clock
from tests.bench.load import Measured, Target, drive
from tests.support.system import RunningSystem, running_system

WEBHOOKS = 1_000
CONNECTIONS = 8
ALLOWED = 3.0


def subscribed(host: Host, workspace: str) -> str:
    """The gateway's reference of a new live subscription."""
    body = {
        "plan": "pro-monthly",
        "gateway": "sandbox",
        "success_url": "https://app.example.com",
        "cancel_url": "https://app.example.com",
    }
    owner = host.member_token(workspace)
    path = f"/v1/billing/workspaces/{workspace}/checkout"
    host.press(host.command("POST", path, owner, workspace, body).json()["url"], "Approve")
    shown = eventually(
        lambda: host.get(f"/v1/projections/workspaces/{workspace}/subscription", owner).json(),
        lambda answer: answer["status"] == "active",
        "an active subscription",
    )
    return str(shown["subscription_ref"])


def posts(system: RunningSystem, subscription: str, connection: int) -> Iterator[bytes]:
    settings = Settings(data_dir=system.directory / "data")
    secret = development_secret(settings, "sandbox-webhook").hex()
    for number in range(WEBHOOKS // CONNECTIONS):
        body = json.dumps(
            {
                "id": f"evt_bench_{connection}_{number}",
                "type": "subscription.updated",
                "created": int(utc_clock().timestamp()),
                "data": {"subscription": subscription, "workspace_id": "bench"},
            }
        ).encode()
        head = (
            "POST /webhooks/sandbox HTTP/1.1\r\nhost: bench\r\ncontent-type: application/json\r\n"
            f"{HEADER}: {signature(body, secret, utc_clock())}\r\n"
            f"content-length: {len(body)}\r\n\r\n"
        )
        yield head.encode() + body


def noops(target: Target) -> Iterator[bytes]:
    for _ in range(WEBHOOKS // CONNECTIONS):
        yield target.request("GET", "/healthz")


def report(noop: Measured, webhook: Measured) -> bool:
    table = Table("route", "answers", "p50 ms", "p99 ms", "p99 against no-op")
    for name, measured in (("no-op", noop), ("webhook", webhook)):
        ratio = measured.percentile(0.99) / noop.percentile(0.99)
        table.add_row(
            name,
            str(measured.statuses),
            f"{measured.percentile(0.5):.1f}",
            f"{measured.percentile(0.99):.1f}",
            f"{ratio:.1f}",
        )
    Console().print(table)
    return webhook.percentile(0.99) <= ALLOWED * noop.percentile(0.99)


def main() -> None:
    with (
        tempfile.TemporaryDirectory() as directory,
        running_system(Path(directory)) as system,
    ):
        target = Target("127.0.0.1", system.port, "")
        subscription = subscribed(system.host(), "bench")
        drive(target, lambda _: noops(target), CONNECTIONS, 60)  # warm
        noop = drive(target, lambda _: noops(target), CONNECTIONS, 60)
        webhook = drive(target, lambda number: posts(system, subscription, number), CONNECTIONS, 60)
        assert webhook.statuses == {200: WEBHOOKS}, webhook.statuses
        print("within the bound" if report(noop, webhook) else f"OVER {ALLOWED} times the no-op")


if __name__ == "__main__":
    main()
