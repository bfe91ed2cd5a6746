"""How things stand today, for the platform's people."""

from __future__ import annotations

from tests.pages.conftest import Visits
from tests.support.waiting import wait_until
from workspace_billing import Billing


def test_names_workspaces_at_their_limit_and_what_is_under_way(
    billing: Billing, workspace: str, visits: Visits
) -> None:
    # The first of all by name: the overview shows ten.
    first = f"0{workspace}"
    billing.report(
        {"id": f"c-{number}", "workspace_id": first, "metric": "conversation"}
        for number in range(50)
    )
    with visits.staff("support") as browser:
        wait_until(
            lambda: f"/admin/workspaces/{first}" in browser.get("/admin").text,
            "the overview names the workspace",
        )
        shown = browser.get("/admin").text
    assert "50 / 50" in shown
    assert "Events under way" in shown
