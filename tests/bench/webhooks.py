"""How long a gateway waits for its 2xx while 1,000 webhooks arrive.

The webhooks are signed, all different, and each names a live subscription, so that the worker
fetches and observes behind the answers. The no-op route is `/healthz` of the same process. They
take turns, so that the machine's stalls hit both alike; the no-op's comes when all is read.
"""

from __future__ import annotations

import json
import re
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

from deploy.data_directory import development_secret
from deploy.demo.host import Host, eventually
from deploy.settings import Settings
from gateways.sandbox.simulation.signatures import HEADER, signature
from kernel.clock import utc_clock
from tests.bench.load import Measured, Target, drive
from tests.bench.result import Result
from tests.bench.turns import compared
from tests.support.system import RunningSystem, running_system

WEBHOOKS = 1_000
ROUNDS = 5
CONNECTIONS = 8
EACH = WEBHOOKS // ROUNDS // CONNECTIONS
# A turn of the no-op lasts about as long as one of the webhooks.
NOOPS = 2 * EACH
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


def posts(system: RunningSystem, subscription: str, name: str) -> Iterator[bytes]:
    settings = Settings(data_dir=system.directory / "data")
    secret = development_secret(settings, "sandbox-webhook").hex()
    for number in range(EACH):
        body = json.dumps(
            {
                "id": f"evt_bench_{name}_{number}",
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
    for _ in range(NOOPS):
        yield target.request("GET", "/healthz")


def all_read(host: Host) -> None:
    """Returns when no webhook waits for its reader."""
    settled = re.compile(r"^inbox_settled_total{.*} (.+)$", re.MULTILINE)

    def count() -> float:
        return sum(float(each) for each in settled.findall(host.get("/metrics").text))

    seen = -1.0
    while (now := count()) != seen:
        seen = now
        time.sleep(1)


def measure(quick: bool) -> Sequence[Result]:
    rounds = 2 if quick else ROUNDS
    with tempfile.TemporaryDirectory() as directory, running_system(Path(directory)) as system:
        target, host = Target("127.0.0.1", system.port, ""), system.host()
        subscription = subscribed(host, "bench")

        def turn(name: str) -> tuple[Measured, Measured]:
            noop = drive(target, lambda _: noops(target), CONNECTIONS, 60)
            webhook = drive(
                target, lambda each: posts(system, subscription, f"{name}_{each}"), CONNECTIONS, 60
            )
            all_read(host)
            assert webhook.statuses == {200: EACH * CONNECTIONS}, webhook.statuses
            return noop, webhook

        turn("warm")
        noops_, webhooks = zip(*[turn(str(number)) for number in range(rounds)], strict=True)
    return compared("webhook", webhooks, noops_, "no-op route", p99_most=ALLOWED)
