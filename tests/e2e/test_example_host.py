"""The example of a host, as its user has it: beside the running system, in a browser."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from runtime.process.ports import free_port
from tests.support.chromium import Person, chromium
from tests.support.npm import NODE
from tests.support.system import RunningSystem, running_system
from tests.support.waiting import wait_until

ROOT = Path(__file__).parents[2]
HOSTS = ROOT / "examples"
SECRET = "s" * 40
ADDON = "professional-ai-setup"
# The hosts, each of which has a workspace.
WORKSPACES = {
    "in-python": [
        *(sys.executable, "-m", "uvicorn", "--app-dir", "examples/host"),
        *("app:app", "--port", "{port}"),
    ],
    "in-typescript": [NODE, "examples/host/app.mts"],
}
CONVERSATIONS = "This workspace has reached its monthly conversation limit. Upgrade to continue."
MESSAGES = "This workspace has reached its monthly message limit. Upgrade to continue."


@pytest.fixture(scope="module")
def system(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningSystem]:
    with running_system(tmp_path_factory.mktemp("host"), BILLING_JWT_SECRET=SECRET) as running:
        offer(running)
        yield running


def offer(system: RunningSystem) -> None:
    """A plan that is soon used up, and the service."""
    host = system.host()
    admin = host.token(roles=["super_admin"])
    small = {"slug": "small", "name": "Small", "price_cents": 0, "monthly_conversations": 1}
    for method, path, body in (
        ("POST", "/v1/billing/plans", {**small, "monthly_messages": 2}),
        *(("PUT", f"/v1/billing/workspaces/{ws}/plan", {"plan": "small"}) for ws in WORKSPACES),
        ("PATCH", f"/v1/addons/catalog/{ADDON}", {"is_active": True}),
    ):
        assert host.command(method, path, admin, f"{method} {path}", body).is_success


@contextmanager
def hosted(system: RunningSystem, workspace: str) -> Iterator[str]:
    port = free_port()
    environment = {
        **os.environ,
        "PYTHONPATH": str(ROOT / "clients" / "python"),
        "BILLING_URL": system.url,
        "BILLING_JWT_SECRET": SECRET,
        "HOST_WORKSPACE": workspace,
        "PORT": str(port),
    }
    url = f"http://127.0.0.1:{port}"
    arguments = [each.format(port=port) for each in WORKSPACES[workspace]]
    with subprocess.Popen(arguments, cwd=ROOT, env=environment) as process:
        try:
            wait_until(lambda: is_up(url), "the host answers")
            yield url
        finally:
            process.terminate()


def is_up(url: str) -> bool:
    try:
        return httpx.get(f"{url}/api/billing", trust_env=False).is_success
    except httpx.TransportError:
        return False


@pytest.fixture(params=WORKSPACES)
def host(system: RunningSystem, request: pytest.FixtureRequest) -> Iterator[str]:
    with hosted(system, request.param) as url:
        yield url


@pytest.mark.slow
@pytest.mark.browser
class TestTheHost:
    def test_its_user_chats_to_the_limits_subscribes_and_buys(
        self, host: str, tmp_path: Path
    ) -> None:
        with chromium(tmp_path) as driver:
            ann = Person(driver)
            self.chats_until_the_quotas_are_used_up(ann, host)
            self.subscribes(ann, host)
            ann.opens(f"{host}/widget.html")
            says(ann, "again")
            ann.sees("You said: again")
            self.buys(ann, host)

    def test_refuses_what_it_does_not_know(self, host: str) -> None:
        assert httpx.get(f"{host}/nowhere", trust_env=False).status_code == 404
        unknown = httpx.post(f"{host}/api/plans/nosuch", trust_env=False)
        assert (unknown.status_code, unknown.json()["error"]["code"]) == (404, "plan_not_found")

    def chats_until_the_quotas_are_used_up(self, ann: Person, host: str) -> None:
        ann.opens(f"{host}/widget.html")
        for text in ("hello", "more"):
            says(ann, text)
            ann.sees(f"You said: {text}")
        says(ann, "too much")
        ann.sees(MESSAGES)
        ann.opens(f"{host}/widget.html")
        ann.sees(CONVERSATIONS)

    def subscribes(self, ann: Person, host: str) -> None:
        ann.opens(host)
        ann.sees("1 conversations (0 left), 2 messages (0 left) this month")
        ann.presses("Choose pro-monthly")
        ann.is_at("/sandbox/")
        ann.presses("Approve")
        ann.is_at(host)
        ann.sees("You are on pro-monthly")
        ann.presses("Choose pro-yearly")
        ann.sees("You are on pro-yearly")

    def buys(self, ann: Person, host: str) -> None:
        ann.opens(host)
        ann.sees("Buy")
        ann.presses(f"Buy {ADDON}")
        wait_until(lambda: not can_buy(host), "the service is bought")


def says(ann: Person, text: str) -> None:
    ann.driver.find_element("id", "text").send_keys(text)
    ann.presses("Send")


def can_buy(host: str) -> bool:
    shown = httpx.get(f"{host}/api/billing", trust_env=False).json()
    return any(addon["can_buy"] for addon in shown["addons"])


class TestItsSize:
    @pytest.mark.parametrize("source", ["host/app.py", "host/app.mts"])
    def test_is_150_lines_at_most(self, source: str) -> None:
        assert len((HOSTS / source).read_text(encoding="utf-8").splitlines()) <= 150
