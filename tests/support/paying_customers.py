"""Customers who go on paying and using what they paid for, whatever happens to the database."""

from __future__ import annotations

from collections import defaultdict
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import count
from threading import Event

from deploy.demo.host import Host, eventually
from tests.support.system import RunningSystem

PLAN = "pro-monthly"
MESSAGES = 5
RETURN = "https://app.example.com/settings"


class PayingCustomers:
    """`paid`: whom the gateway has charged. `counted`: what was answered with 200 or 201, by
    workspace. Each request is repeated until it is answered."""

    def __init__(self, system: RunningSystem, at_once: int) -> None:
        self.paid: list[str] = []
        self.counted: dict[str, set[str]] = defaultdict(set)
        self._enough = Event()
        self._hosts = [system.host() for _ in range(at_once)]
        self._pool = ThreadPoolExecutor(at_once)
        self._coming: list[Future[None]] = [
            self._pool.submit(self._come, number, host) for number, host in enumerate(self._hosts)
        ]

    def finish(self) -> None:
        """The last ones get what they paid for. Raises what any of them met with."""
        self._enough.set()
        for each in self._coming:
            each.result()
        self._pool.shutdown()

    def _come(self, number: int, host: Host) -> None:
        for visit in count():
            if self._enough.is_set():
                return
            self._live(host, f"customer-{number}-{visit}")

    def _live(self, host: Host, workspace: str) -> None:
        page = host.command(
            "POST",
            f"/v1/billing/workspaces/{workspace}/checkout",
            host.member_token(workspace),
            f"checkout-{workspace}",
            {"plan": PLAN, "gateway": "sandbox", "success_url": RETURN, "cancel_url": RETURN},
        )
        assert page.status_code == 201, page.text
        host.press(page.json()["url"], "Approve")
        self.paid.append(workspace)
        for number in range(MESSAGES):
            self.send(host, workspace, f"{workspace}-{number}")

    def send(self, host: Host, workspace: str, usage_id: str) -> None:
        path, service = (
            f"/v1/metering/workspaces/{workspace}/messages",
            host.token(roles=["service"]),
        )
        answer = host.send("POST", path, service, json={"id": usage_id})
        assert answer.status_code in {200, 201}, answer.text
        self.counted[workspace].add(usage_id)


def entitled(host: Host, workspace: str) -> tuple[str, int]:
    """The plan that metering enforces, and what it has counted."""
    path = f"/v1/metering/workspaces/{workspace}/entitlements"
    found = host.get(path, host.token(roles=["service"])).json()
    return found["plan"], found["used"]["messages"]


def shown(host: Host, workspace: str) -> tuple[str, str]:
    """What the workspace's people read."""
    path = f"/v1/projections/workspaces/{workspace}/subscription"
    found = host.get(path, host.member_token(workspace)).json()
    return found["plan"], found["status"]


def everybody_has_what_was_paid_for(customers: PayingCustomers, host: Host) -> None:
    for workspace in customers.paid:
        for usage_id in sorted(customers.counted[workspace]):
            customers.send(host, workspace, usage_id)
        used = len(customers.counted[workspace])
        eventually(
            lambda ws=workspace: entitled(host, ws),  # type: ignore[misc]
            lambda found, used=used: found == (PLAN, used),  # type: ignore[misc]
            f"{workspace} has its plan, and {used} messages are counted",
        )
        eventually(
            lambda ws=workspace: shown(host, ws),  # type: ignore[misc]
            lambda found: found == (PLAN, "active"),
            f"{workspace} sees its plan",
        )
