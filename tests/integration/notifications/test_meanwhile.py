"""What people do to an endpoint while deliveries are on their way to it."""

from __future__ import annotations

import pytest

from services.notifications.domain.errors import WebhookEndpointNotFound
from tests.support.local_server import Answer, Call
from tests.support.webhook_service import ENDPOINTS, ROOT, Receiver, WebhookService

TABLES = ("webhook_deliveries", "webhook_gaps", "webhook_replays", "webhook_replay_ends")


def once(host: Receiver, act: object) -> None:
    """Before the first delivery is answered."""
    left = [act]

    def answer(_: Call) -> Answer:
        if left:
            left.pop()()  # type: ignore[operator]
        return Answer(204)

    host.answer = answer


class TestRemoved:
    def test_leaves_nothing_behind_and_is_sent_no_more(
        self, webhooks: WebhookService, host: Receiver
    ) -> None:
        endpoint = webhooks.add(host.url)["id"]
        webhooks.happens("acme", times=5)
        once(host, lambda: webhooks.client.delete(f"{ENDPOINTS}/{endpoint}", headers=ROOT))
        with pytest.raises(WebhookEndpointNotFound):
            webhooks.send(endpoint, rounds=3)
        assert len(host.calls) <= 5
        for table in TABLES:
            assert webhooks.parts.database.rows(f"SELECT FROM {table}") == []
        positions = webhooks.parts.database.rows("SELECT consumer FROM positions")
        assert not any(endpoint in row["consumer"] for row in positions)


class TestRotatedSecret:
    def test_holds_from_the_next_round_on_beside_the_one_before(
        self, webhooks: WebhookService, host: Receiver
    ) -> None:
        added = webhooks.add(host.url)
        changed: list[str] = []
        once(
            host,
            lambda: changed.append(webhooks.change(added["id"], rotate_secret=True)["secret"]),
        )
        webhooks.happens("acme", times=3)
        webhooks.send(added["id"], rounds=2)
        before = len(host.calls)
        webhooks.happens("acme")
        webhooks.send(added["id"], rounds=2)
        assert before == 3
        signatures = [call.headers["webhook-signature"].split() for call in host.calls]
        assert [len(each) for each in signatures] == [1, 1, 1, 2]


class TestReplayBesideAGap:
    """The window of these tests is 40."""

    def test_brings_all_of_each_workspace_in_its_order(
        self, webhooks: WebhookService, host: Receiver
    ) -> None:
        endpoint = webhooks.add(host.url)["id"]
        host.answer = lambda call: Answer(500 if b'"acme"' in call.body else 200)
        acme = webhooks.happens("acme", times=60)
        webhooks.send(endpoint, rounds=6)
        globex = webhooks.happens("globex", times=3)
        webhooks.send(endpoint, rounds=4)
        webhooks.replay(endpoint)
        globex += webhooks.happens("globex", times=3)
        acme += webhooks.happens("acme", times=3)
        webhooks.send(endpoint, rounds=6)
        host.calls.clear()
        host.answer = lambda _: Answer(204)
        webhooks.later(hours=5)
        acme += webhooks.happens("acme", times=2)
        webhooks.send(endpoint, rounds=40)
        assert [each for each in dict.fromkeys(host.ids) if each in acme] == acme
        assert webhooks.deliveries(endpoint, state="waiting") == []
        assert webhooks.shown(endpoint)["failing_since"] is None
