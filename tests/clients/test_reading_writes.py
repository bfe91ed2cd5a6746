"""What a command did is what the host's next question is answered from."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import httpx
import pytest

from tests.clients.conftest import SECRET
from tests.support.system import RunningSystem
from workspace_billing import Billing, ServiceTokens

PLANS = ("pro-yearly", "pro-monthly")
TIMES = 10


def token(**claims: Any) -> dict[str, str]:
    return {"Authorization": f"Bearer {ServiceTokens(SECRET, **claims).token()}"}


@pytest.fixture
def subscribed(billing: Billing, workspace: str, pay: Callable[[str], None]) -> str:
    """A workspace on `pro-monthly`."""
    shop = billing.workspaces(workspace)
    page = "http://127.0.0.1/billing"
    pay(shop.checkout(plan="pro-monthly", gateway="sandbox", success_url=page, cancel_url=page).url)
    assert shop.reconcile().plan == "pro-monthly"
    return workspace


class TestEntitlementsAfterACommand:
    def test_right_after_a_swap_they_are_those_of_the_new_plan(
        self, system: RunningSystem, subscribed: str
    ) -> None:
        owner = token(workspaces={subscribed: "owner"})
        shown = []
        for plan in PLANS * (TIMES // 2):
            path = f"/v1/billing/workspaces/{subscribed}/subscription/swap"
            swapped = system.http.post(path, json={"plan": plan}, headers=owner)
            assert swapped.json()["plan"] == plan
            after = swapped.headers["x-event-position"]
            shown.append(self.entitlements(system, subscribed, owner, after).json()["plan"])
        assert shown == [*PLANS] * (TIMES // 2)

    def test_a_counted_message_is_in_what_is_used(
        self, system: RunningSystem, workspace: str
    ) -> None:
        service = token(roles=["service"])
        path = f"/v1/metering/workspaces/{workspace}/messages"
        counted = system.http.post(path, json={"id": "message-1"}, headers=service)
        after = counted.headers["x-event-position"]
        assert self.entitlements(system, workspace, service, after).json()["used"]["messages"] == 1

    @pytest.mark.parametrize("after", ["billing:999999", "metering:999999"])
    def test_a_position_that_no_log_has_is_refused_at_once(
        self, system: RunningSystem, workspace: str, after: str
    ) -> None:
        refused = self.entitlements(system, workspace, token(roles=["service"]), after)
        code = refused.json()["error"]["code"]
        assert (refused.status_code, code) == (409, "position_unknown")
        assert refused.elapsed.total_seconds() < 3

    @pytest.mark.parametrize("after", ["billing", "billing:-1", "1", "Billing:1"])
    def test_what_is_no_position_is_refused(
        self, system: RunningSystem, workspace: str, after: str
    ) -> None:
        refused = self.entitlements(system, workspace, token(roles=["service"]), after)
        assert refused.json()["error"]["details"]["fields"][0]["field"] == "query.after"

    def entitlements(
        self, system: RunningSystem, workspace: str, headers: dict[str, str], after: str
    ) -> httpx.Response:
        path = f"/v1/metering/workspaces/{workspace}/entitlements"
        return system.http.get(path, params={"after": after}, headers=headers)
