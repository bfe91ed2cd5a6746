"""Webhooks of the sandbox, posted over real HTTP by its background worker."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from gateways import sandbox
from gateways.port import Gateway
from gateways.sandbox import SandboxClient
from gateways.sandbox.simulation import checkouts
from gateways.sandbox.simulation.cards import GOOD
from gateways.sandbox.simulation.deliveries import SandboxDeliveries, pause_after
from gateways.sandbox.simulation.outbox import WebhookSwitches
from gateways.sandbox.simulation.state import SandboxState
from kernel.clock import utc_clock
from tests.support.gateway_driver import Delivery
from tests.support.gateway_steps import PRO, checkout_request
from tests.support.webhook_receiver import WebhookReceiver, webhook_receiver

SECRET = "whsec_delivery"
PAID = ["checkout.completed", "subscription.created"]


@pytest.fixture
def receiver() -> Iterator[WebhookReceiver]:
    with webhook_receiver() as opened:
        yield opened


@pytest.fixture
def gateway(state: SandboxState) -> Gateway:
    return sandbox.build(SandboxClient(state, "http://billing.example", utc_clock), [SECRET])


@contextmanager
def delivering(state: SandboxState, url: str) -> Iterator[None]:
    worker = SandboxDeliveries(state, url, SECRET, give_up_after=None)
    worker.start()
    try:
        yield
    finally:
        worker.stop()
        worker.join(timeout=20)


def pay(state: SandboxState, command: str = "chk_1") -> None:
    """Announces two events in one transaction: `PAID`, in that order."""
    gateway = sandbox.build(SandboxClient(state, "http://billing.example", utc_clock), [SECRET])
    price = gateway.catalogue.ensure_plan("sync", PRO, None).price
    page = gateway.checkouts.start(checkout_request(price, command=command))
    with state.transaction() as ledger:
        checkouts.pay(ledger, page.ref, GOOD)


def switch(state: SandboxState, switches: WebhookSwitches) -> None:
    with state.transaction() as ledger:
        ledger.set(switches)


def types(deliveries: list[Delivery]) -> list[str]:
    return [json.loads(raw)["type"] for raw, _ in deliveries]


def waiting(state: SandboxState) -> list[object]:
    with state.transaction() as ledger:
        return [event["id"] for event in ledger.outbox.latest(100) if event["state"] == "waiting"]


class TestDelivery:
    def test_each_event_arrives_signed(
        self, gateway: Gateway, state: SandboxState, receiver: WebhookReceiver
    ) -> None:
        with delivering(state, receiver.url):
            pay(state)
            received = receiver.wait_for(2)
        assert types(received) == PAID
        events = [gateway.webhooks.verify(raw, headers) for raw, headers in received]
        subscription = next(iter(gateway.subscriptions.list_all())).ref
        assert [event.subscription for event in events] == [subscription] * 2
        assert {event.workspace_id for event in events} == {"acme"}
        assert waiting(state) == []

    @pytest.mark.parametrize("status", [500, 400, 302, 429])
    def test_what_is_not_acknowledged_comes_again(
        self, state: SandboxState, receiver: WebhookReceiver, status: int
    ) -> None:
        receiver.answers = [status]
        with delivering(state, receiver.url):
            pay(state)
            received = receiver.wait_for(3)
        assert sorted(types(received)) == sorted([*PAID, "checkout.completed"])
        assert len({json.loads(raw)["id"] for raw, _ in received}) == 2

    def test_an_endpoint_that_was_down_gets_everything_later(self, state: SandboxState) -> None:
        with webhook_receiver() as gone:
            closed_url = gone.url
        with capture_logs() as logs, delivering(state, closed_url):
            pay(state)
            for _ in range(2000):
                if len([line for line in logs if line["event"] == "sandbox_webhook_failed"]) >= 2:
                    break
                state.announced.wait(0.01)
        assert len(waiting(state)) == 2
        assert SECRET not in str(logs)

    def test_events_survive_a_restart(
        self, state: SandboxState, receiver: WebhookReceiver, tmp_path: Path
    ) -> None:
        pay(state)
        reopened = SandboxState(tmp_path / "sandbox.sqlite")
        with delivering(reopened, receiver.url):
            assert types(receiver.wait_for(2)) == PAID
        reopened.close()

    def test_two_workers_share_the_work(
        self, state: SandboxState, receiver: WebhookReceiver, tmp_path: Path
    ) -> None:
        other = SandboxState(tmp_path / "sandbox.sqlite")
        with delivering(state, receiver.url), delivering(other, receiver.url):
            for number in range(10):
                pay(state, f"chk_{number}")
            receiver.wait_for(20)
        assert len({json.loads(raw)["id"] for raw, _ in receiver.received}) == 20
        assert len(receiver.received) == 20
        other.close()

    def test_pauses_grow_to_a_minute(self) -> None:
        assert [pause_after(n) for n in (1, 2, 3, 30, 5000)] == [0.5, 1.0, 2.0, 60.0, 60.0]


class TestSwitches:
    def test_duplicate_posts_each_event_twice(
        self, state: SandboxState, receiver: WebhookReceiver
    ) -> None:
        switch(state, WebhookSwitches(duplicate=True))
        with delivering(state, receiver.url):
            pay(state)
            received = receiver.wait_for(4)
        assert types(received) == [PAID[0], PAID[0], PAID[1], PAID[1]]

    def test_drop_loses_what_is_announced_meanwhile(
        self, gateway: Gateway, state: SandboxState, receiver: WebhookReceiver
    ) -> None:
        switch(state, WebhookSwitches(drop=True))
        pay(state)
        switch(state, WebhookSwitches())
        with delivering(state, receiver.url):
            pay(state, "chk_2")
            received = receiver.wait_for(2)
        assert types(received) == PAID
        kept = {s.ref for s in gateway.subscriptions.list_all() if s.command_id == "chk_2"}
        assert {json.loads(raw)["data"]["subscription"] for raw, _ in received} == kept

    def test_reorder_turns_a_burst_around(
        self, state: SandboxState, receiver: WebhookReceiver
    ) -> None:
        switch(state, WebhookSwitches(reorder=True))
        with delivering(state, receiver.url):
            pay(state)
            assert types(receiver.wait_for(2)) == PAID[::-1]

    def test_delay_holds_events_back(self, state: SandboxState, receiver: WebhookReceiver) -> None:
        switch(state, WebhookSwitches(delay_seconds=3600))
        pay(state, "chk_late")
        switch(state, WebhookSwitches())
        with delivering(state, receiver.url):
            pay(state, "chk_2")
            receiver.wait_for(2)
        assert len(waiting(state)) == 2
