"""A sender that is killed again and again, and a receiver with the library of the standard."""

from __future__ import annotations

import os
import random
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import pytest

from tests.support.forked import Forked, Start
from tests.support.local_server import Answer
from tests.support.waiting import wait_until
from tests.support.webhook_sender import main
from tests.support.webhook_service import Databases, Receiver, WebhookService, verified

ROOT = Path(__file__).parents[3]
WORKSPACES = ("acme", "globex", "initech")
KILLS = 5


def has_come(host: Receiver, count: int) -> bool:
    return len(host.calls) >= count


@contextmanager
def sender(url: str, endpoint: str) -> Iterator[Forked]:
    process = Forked(Start(main, ["sender", url, endpoint], ROOT, dict(os.environ)))
    try:
        yield process
    finally:
        process.kill()
        process.wait()


@pytest.mark.slow
class TestKilledSender:
    def test_loses_nothing_and_keeps_the_order_of_each_workspace(
        self, webhooks: WebhookService, webhook_site: Databases, host: Receiver
    ) -> None:
        chance = random.Random(7)
        host.answer = lambda _: Answer(chance.choice([204, 204, 204, 500]))
        added = webhooks.add(host.url)
        expected: dict[str, list[str]] = {workspace: [] for workspace in WORKSPACES}
        for _ in range(KILLS):
            with sender(webhook_site.own.url, added["id"]):
                enough = len(host.calls) + 6
                for workspace in WORKSPACES:
                    expected[workspace] += webhooks.happens(workspace, times=20)
                wait_until(partial(has_come, host, enough), "some came", 60)
        host.answers(204)
        everything = {each for ids in expected.values() for each in ids}
        with sender(webhook_site.own.url, added["id"]):
            wait_until(lambda: everything <= set(host.ids), "all came", 100)
        for ids in expected.values():
            first_seen = [each for each in dict.fromkeys(host.ids) if each in set(ids)]
            assert first_seen == ids
        for call in host.calls[-200:]:
            assert verified(call, added["secret"])["id"] == call.headers["webhook-id"]
