"""Revenue as finance reads it: every figure leads to what made it."""

from __future__ import annotations

import re
from html import unescape

import httpx

from kernel.clock import utc_clock
from kernel.month import Month
from tests.pages.conftest import RETURN, Visits
from tests.support.waiting import wait_until
from workspace_billing import Billing

PLAN = "cohort-plan"


def test_a_cohort_leads_to_the_movements_that_make_its_figures(
    billing: Billing, workspace: str, visits: Visits
) -> None:
    billing.plans.create(PLAN, name="Cohort", price_cents=1_700, monthly_conversations=9)
    mine = billing.workspaces(workspace)
    page = mine.checkout(plan=PLAN, gateway="sandbox", success_url=RETURN, cancel_url=RETURN)
    httpx.post(page.url, data={"outcome": "approve"}, trust_env=False)
    mine.reconcile()
    with visits.staff("support") as browser:
        here = f"/admin/revenue/cohorts?plan={PLAN}"
        wait_until(lambda: "100%" in browser.get(here).text, "the cohort is shown")
        [link] = re.findall(
            r'<a href="([^"]+#movements)">100%<br>\$17.00</a>', browser.get(here).text
        )
        month = str(Month.of(utc_clock()))
        assert unescape(link).startswith(f"/admin/revenue?currency=USD&cohort={month}&plan={PLAN}")
        movements = browser.get(unescape(link)).text
    assert f"/admin/workspaces/{workspace}" in movements
    assert f"with the plan {PLAN}" in movements
