"""Events reach webhook endpoints: signed, in order within a workspace, at least once."""

from __future__ import annotations

import threading
from datetime import UTC, datetime

import pytest

from services.notifications.application.channel import ROUND, Channel
from services.notifications.application.dispatcher import Dispatcher
from tests.support.local_server import Answer
from tests.support.waiting import wait_until
from tests.support.webhook_service import ROOT, TEAM, Receiver, WebhookService, receiving, verified


class TestDelivery:
    def test_what_happens_is_sent_once_and_in_order(
        self, webhooks: WebhookService, host: Receiver
    ) -> None:
        endpoint = webhooks.add(host.url)["id"]
        ids = webhooks.happens(times=3)
        webhooks.send(endpoint, rounds=3)
        assert host.ids == ids
        assert [event["type"] for event in host.events] == [
            "addons.AddonCreated.v1",
            "addons.AddonChanged.v1",
            "addons.AddonChanged.v1",
        ]
        assert host.events[2]["data"]["name"] == "Name 3"

    def test_what_happened_before_is_not_sent(
        self, webhooks: WebhookService, host: Receiver
    ) -> None:
        webhooks.happens()
        endpoint = webhooks.add(host.url)["id"]
        webhooks.send(endpoint)
        assert host.calls == []

    def test_only_the_types_asked_for_are_sent(
        self, webhooks: WebhookService, host: Receiver
    ) -> None:
        endpoint = webhooks.add(host.url, event_types=["addons.AddonCreated.v1"])["id"]
        created, _ = webhooks.happens(times=2)
        webhooks.send(endpoint)
        assert host.ids == [created]

    def test_a_delivery_tells_of_its_attempt(
        self, webhooks: WebhookService, host: Receiver
    ) -> None:
        endpoint = webhooks.add(host.url)["id"]
        [event] = webhooks.happens()
        webhooks.send(endpoint)
        [delivery] = webhooks.deliveries(endpoint)
        assert delivery["event_id"] == event
        assert (delivery["state"], delivery["attempts"], delivery["response_code"]) == (
            "delivered",
            1,
            204,
        )
        assert delivery["latency_ms"] >= 0

    def test_signatures_hold_for_the_library_of_the_standard(
        self, webhooks: WebhookService, host: Receiver
    ) -> None:
        webhooks.clock.now = datetime.now(UTC)
        added = webhooks.add(host.url)
        [event] = webhooks.happens()
        webhooks.send(added["id"])
        assert verified(host.calls[0], added["secret"])["id"] == event
        assert host.calls[0].headers["webhook-id"] == event

    def test_a_new_secret_and_the_one_before_both_verify_for_a_day(
        self, webhooks: WebhookService, host: Receiver
    ) -> None:
        webhooks.clock.now = datetime.now(UTC)
        added = webhooks.add(host.url)
        rotated = webhooks.change(added["id"], rotate_secret=True)
        webhooks.happens()
        webhooks.send(added["id"])
        for secret in (added["secret"], rotated["secret"]):
            assert verified(host.calls[0], secret)
        webhooks.later(days=1)
        webhooks.happens()
        webhooks.send(added["id"])
        assert len(host.calls[1].headers["webhook-signature"].split()) == 1


class TestRetries:
    def test_a_refused_event_comes_again_before_later_ones_of_its_workspace(
        self, webhooks: WebhookService, host: Receiver
    ) -> None:
        endpoint = webhooks.add(host.url)["id"]
        first, second = webhooks.happens(times=2)
        host.answers(500, 200)
        webhooks.send(endpoint, rounds=2)
        assert host.ids == [first]
        webhooks.later(seconds=10)
        webhooks.send(endpoint)
        assert host.ids == [first, first, second]
        assert {each["state"] for each in webhooks.deliveries(endpoint)} == {"delivered"}

    def test_other_workspaces_go_on_meanwhile(
        self, webhooks: WebhookService, host: Receiver
    ) -> None:
        endpoint = webhooks.add(host.url)["id"]
        host.answer = lambda call: Answer(500 if b'"acme"' in call.body else 200)
        webhooks.happens("acme")
        webhooks.happens("globex")
        webhooks.send(endpoint)
        webhooks.happens("acme")
        [last] = webhooks.happens("globex")
        webhooks.send(endpoint)
        assert host.ids[-1] == last
        states = [each["state"] for each in webhooks.deliveries(endpoint)]
        assert states.count("waiting") == 2
        assert webhooks.shown(endpoint)["failing_since"] is None

    def test_what_it_asks_for_is_waited_for(self, webhooks: WebhookService, host: Receiver) -> None:
        endpoint = webhooks.add(host.url)["id"]
        host.answers(503, 200, headers={"Retry-After": "3600"})
        webhooks.happens()
        webhooks.send(endpoint)
        webhooks.later(minutes=59)
        webhooks.send(endpoint)
        assert len(host.calls) == 1
        webhooks.later(minutes=2)
        webhooks.send(endpoint)
        assert len(host.calls) == 2

    def test_a_redirect_is_no_delivery_and_leads_nowhere(
        self, webhooks: WebhookService, host: Receiver
    ) -> None:
        endpoint = webhooks.add(host.url)["id"]
        with receiving() as elsewhere:
            host.answers(302, headers={"Location": elsewhere.url})
            webhooks.happens()
            webhooks.send(endpoint)
            assert elsewhere.calls == []
        assert webhooks.deliveries(endpoint)[0]["error"] == "answered 302"

    def test_a_connection_that_breaks_is_tried_again(
        self, webhooks: WebhookService, host: Receiver
    ) -> None:
        endpoint = webhooks.add(host.url)["id"]
        host.answer = lambda _: None
        webhooks.happens()
        webhooks.send(endpoint)
        [delivery] = webhooks.deliveries(endpoint)
        assert (delivery["state"], delivery["response_code"]) == ("waiting", None)
        assert delivery["error"]

    def test_an_event_that_is_never_taken_is_given_up_and_lets_others_pass(
        self, webhooks: WebhookService, host: Receiver
    ) -> None:
        endpoint = webhooks.add(host.url)["id"]
        host.answer = lambda call: Answer(500 if b"Name 1" in call.body else 200)
        webhooks.happens()
        webhooks.send(endpoint)
        webhooks.happens("globex")
        webhooks.send(endpoint)
        [second] = webhooks.happens()
        webhooks.later(days=3)
        webhooks.happens("globex")
        webhooks.send(endpoint, rounds=3)
        states = {each["event_id"]: each["state"] for each in webhooks.deliveries(endpoint)}
        assert states["addons:1"] == "failed"
        assert states[second] == "delivered"


class TestOutage:
    def test_a_dead_endpoint_keeps_a_bounded_backlog_and_catches_up_in_order(
        self, webhooks: WebhookService, host: Receiver
    ) -> None:
        endpoint = webhooks.add(host.url)["id"]
        host.answers(500)
        ids = {slug: webhooks.happens(slug, times=45) for slug in "abcde"}
        tried = 0
        for _ in range(12):
            webhooks.later(minutes=15)
            webhooks.send(endpoint)
            assert len(host.calls) > tried, "it is probed, however long its events would wait"
            tried = len(host.calls)
        assert tried < 70
        assert webhooks.parts.channels.deliveries.waiting(endpoint) == ROUND
        assert webhooks.shown(endpoint)["retry_at"] is not None
        webhooks.send(endpoint)
        assert len(host.calls) == tried, "nothing is sent while the circuit is open"
        host.answers(200)
        webhooks.later(minutes=15)
        webhooks.send(endpoint, rounds=6)
        came = host.ids[tried:]
        for expected in ids.values():
            assert [each for each in came if each in set(expected)] == expected
        assert webhooks.shown(endpoint)["failing_since"] is None

    def test_after_three_days_of_nothing_but_failures_it_is_disabled_and_told_before(
        self, webhooks: WebhookService, host: Receiver
    ) -> None:
        endpoint = webhooks.add(host.url)["id"]
        host.answers(500)
        [event] = webhooks.happens()
        webhooks.send(endpoint)
        webhooks.later(days=2, seconds=1)
        webhooks.send(endpoint)
        assert [mail.to for mail in webhooks.mails()] == [TEAM]
        assert "will be disabled at 2026-11-25" in webhooks.mails()[0].text
        assert webhooks.shown(endpoint)["state"] == "enabled"
        webhooks.later(days=1)
        webhooks.send(endpoint)
        shown = webhooks.shown(endpoint)
        assert (shown["state"], shown["disabled_reason"]) == ("disabled", "failing")
        assert len(webhooks.mails()) == 2
        host.answers(200)
        webhooks.change(endpoint, state="enabled")
        webhooks.send(endpoint)
        assert host.ids[-1] == event
        assert webhooks.deliveries(endpoint)[0]["state"] == "delivered"

    def test_410_disables_at_once(self, webhooks: WebhookService, host: Receiver) -> None:
        endpoint = webhooks.add(host.url)["id"]
        host.answers(410)
        webhooks.happens()
        webhooks.send(endpoint)
        assert webhooks.shown(endpoint)["disabled_reason"] == "gone"
        assert webhooks.send(endpoint) is False
        assert len(host.calls) == 1

    def test_what_happens_while_it_is_disabled_by_hand_is_sent_afterwards(
        self, webhooks: WebhookService, host: Receiver
    ) -> None:
        endpoint = webhooks.add(host.url)["id"]
        webhooks.change(endpoint, state="disabled")
        ids = webhooks.happens(times=2)
        assert webhooks.send(endpoint) is False
        webhooks.change(endpoint, state="enabled")
        webhooks.send(endpoint)
        assert host.ids == ids


class TestCrash:
    def test_a_sender_that_dies_loses_nothing(
        self,
        webhooks: WebhookService,
        host: Receiver,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        """Between the answers and their record."""
        endpoint = webhooks.add(host.url)["id"]
        ids = webhooks.happens(times=2)

        def die(*_: object) -> None:
            raise KeyboardInterrupt

        with monkeypatch.context() as patched:
            patched.setattr(Channel, "_record", die)
            with pytest.raises(KeyboardInterrupt):
                webhooks.send(endpoint)
        webhooks.send(endpoint)
        assert host.ids == ids + ids

    def test_a_second_process_that_reads_the_same_records_nothing_twice(
        self, webhooks: WebhookService, host: Receiver
    ) -> None:
        endpoint = webhooks.add(host.url)["id"]
        with Channel(webhooks.parts.channels, endpoint).opened() as slow:
            slow.step(0)
            [first] = webhooks.happens()
            webhooks.send(endpoint)
            [second] = webhooks.happens()
            slow.step(0)
            slow.step(0)
            slow.step(0)
        assert host.ids[-1] == second
        assert list(dict.fromkeys(host.ids)) == [first, second]
        assert len(webhooks.deliveries(endpoint)) == 2

    def test_who_leads_sends_by_itself_and_ends_with_its_lease(
        self, webhooks: WebhookService, host: Receiver
    ) -> None:
        webhooks.add(host.url)
        dispatcher = Dispatcher(webhooks.parts.channels)
        dispatcher.tend()
        try:
            ids = webhooks.happens(times=2)
            wait_until(lambda: host.ids == ids, "both events came")
        finally:
            dispatcher.stop()
        names = {thread.name for thread in threading.enumerate()}
        assert not any(name.startswith("webhooks:") for name in names)


class TestReplay:
    def test_from_a_position_everything_comes_again_with_the_same_ids(
        self, webhooks: WebhookService, host: Receiver
    ) -> None:
        endpoint = webhooks.add(host.url)["id"]
        first, *rest = webhooks.happens(times=3)
        webhooks.send(endpoint)
        webhooks.replay(endpoint, position=rest[0])
        newest = webhooks.happens()
        webhooks.send(endpoint, rounds=3)
        assert host.ids == [first, *rest, *rest, *newest]

    def test_of_a_workspace_only_its_events_come_again(
        self, webhooks: WebhookService, host: Receiver
    ) -> None:
        endpoint = webhooks.add(host.url)["id"]
        acme = webhooks.happens("acme", times=2)
        globex = webhooks.happens("globex")
        webhooks.send(endpoint)
        webhooks.replay(endpoint, workspace_id="acme")
        webhooks.send(endpoint, rounds=3)
        assert sorted(host.ids) == sorted(acme * 2 + globex)

    def test_a_position_that_is_not_reached_is_refused(
        self, webhooks: WebhookService, host: Receiver
    ) -> None:
        endpoint = webhooks.add(host.url)["id"]
        path = f"/v1/webhook-endpoints/{endpoint}/replay"
        for position in ("addons:7", "billing:1"):
            answer = webhooks.client.post(path, json={"position": position}, headers=ROOT)
            assert answer.status_code == 409
            assert answer.json()["error"]["code"] == "position_unknown"

    def test_an_endpoint_that_is_removed_leaves_nothing_behind(
        self, webhooks: WebhookService, host: Receiver
    ) -> None:
        endpoint = webhooks.add(host.url)["id"]
        webhooks.happens()
        webhooks.send(endpoint)
        webhooks.replay(endpoint)
        path = f"/v1/webhook-endpoints/{endpoint}"
        assert webhooks.client.delete(path, headers=ROOT).status_code == 200
        assert webhooks.client.delete(path, headers=ROOT).status_code == 404
        for table in ("positions", "webhook_deliveries", "webhook_replays"):
            assert webhooks.parts.database.rows(f"SELECT * FROM {table}") == []
