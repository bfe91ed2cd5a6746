"""A host that hears of what happens by webhooks, while their sender is killed."""

from __future__ import annotations

from collections.abc import Iterator
from typing import cast
from uuid import uuid4

import pytest

from runtime.process.ports import free_port
from tests.support.apart import SeparateSystem
from tests.support.system import RunningSystem
from tests.support.waiting import wait_until
from tests.support.webhook_service import Receiver, receiving, verified

SLUGS = ("red", "green", "blue")
RENAMED = "billing.PlanRenamed.v1"
TIMES = 6
PATIENCE = 90.0


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as found:
        yield found


def send(system: RunningSystem, method: str, path: str, body: dict[str, object]) -> dict[str, str]:
    host = system.host()
    answer = host.command(method, path, host.token(roles=["super_admin"]), uuid4().hex, body)
    assert answer.is_success, answer.text
    return cast(dict[str, str], answer.json())


def rename_all(system: RunningSystem, first: int) -> None:
    for number in range(first, first + TIMES):
        for slug in SLUGS:
            send(system, "PATCH", f"/v1/billing/plans/{slug}", {"name": f"{slug} {number}"})


def kill_sender(system: RunningSystem) -> None:
    """Apart, another process that waits takes its place; else it is started again."""
    if isinstance(system, SeparateSystem):
        port = str(free_port())
        system.begin("standby", "serve", "notifications", BILLING_PORT=port)
        killed = system.processes.pop("notifications")
        killed.kill()
        killed.wait(30)
    else:
        system.kill()
        system.start()


def names_of(receiver: Receiver, slug: str) -> list[str]:
    """In the order of their first coming, each event once."""
    events = {event["id"]: event["data"] for event in receiver.events}
    return [data["name"] for data in events.values() if data["slug"] == slug]


@pytest.mark.slow
class TestWebhooksOut:
    def test_all_come_in_order_although_the_sender_is_killed(
        self, system: RunningSystem, receiver: Receiver
    ) -> None:
        for slug in SLUGS:
            plan = {"slug": slug, "name": slug, "price_cents": 0, "monthly_conversations": 10}
            send(system, "POST", "/v1/billing/plans", plan)
        wanted: dict[str, object] = {"url": receiver.url, "event_types": [RENAMED]}
        added = send(system, "POST", "/v1/webhook-endpoints", wanted)
        rename_all(system, 0)
        wait_until(lambda: bool(receiver.calls), "the first came", PATIENCE)
        kill_sender(system)
        rename_all(system, TIMES)
        expected = {slug: [f"{slug} {number}" for number in range(2 * TIMES)] for slug in SLUGS}
        wait_until(
            lambda: {slug: names_of(receiver, slug) for slug in SLUGS} == expected,
            "all came, in order",
            PATIENCE,
        )
        for call in receiver.calls:
            assert verified(call, added["secret"])["type"] == RENAMED
