"""What support gives back on a page: once, and as much as was meant."""

from __future__ import annotations

import re
from collections.abc import Iterator

import httpx
import pytest

from tests.pages.conftest import RETURN, Visits
from workspace_billing import Billing


@pytest.fixture
def support(workspace: str, billing: Billing, visits: Visits) -> Iterator[httpx.Client]:
    """Of a workspace that paid 49.00 for its plan."""
    mine = billing.workspaces(workspace)
    page = mine.checkout(
        plan="pro-monthly", gateway="sandbox", success_url=RETURN, cancel_url=RETURN
    )
    httpx.post(page.url, data={"outcome": "approve"}, trust_env=False)
    mine.reconcile()
    with visits.staff("support", user="sue") as browser:
        yield browser


def form_of(browser: httpx.Client, workspace: str) -> dict[str, str]:
    """The hidden fields of the invoice's refund."""
    page = browser.get(f"/admin/workspaces/{workspace}").text
    form = page.split(f'action="/admin/workspaces/{workspace}/refund"')[1].split("</form>")[0]
    return dict(re.findall(r'type="hidden" name="([^"]+)" value="([^"]*)"', form))


def refund(browser: httpx.Client, workspace: str, fields: dict[str, str]) -> str:
    answer = browser.post(f"/admin/workspaces/{workspace}/refund", data=fields)
    return answer.headers["location"].partition("?")[2]


def given_back(billing: Billing, workspace: str) -> int:
    account = billing.workspaces(workspace)
    account.reconcile()
    return sum(each.refunded_cents for each in account.invoices())


class TestAPart:
    def test_that_is_sent_twice_is_given_back_once(
        self, support: httpx.Client, billing: Billing, workspace: str
    ) -> None:
        form = {**form_of(support, workspace), "amount_cents": "900", "reason": "a bad day"}
        assert refund(support, workspace, form) == "done=refunded"
        assert refund(support, workspace, form) == "done=refunded"
        assert given_back(billing, workspace) == 900
        again = {**form_of(support, workspace), "amount_cents": "900", "reason": "another"}
        refund(support, workspace, again)
        assert given_back(billing, workspace) == 1_800

    @pytest.mark.parametrize("amount", ["9.00", "9,00", "-900", "nine", "0"])
    def test_that_is_no_amount_gives_back_nothing(
        self, amount: str, support: httpx.Client, billing: Billing, workspace: str
    ) -> None:
        form = {**form_of(support, workspace), "amount_cents": amount, "reason": "a bad day"}
        assert refund(support, workspace, form) == "refused=validation_failed"
        assert given_back(billing, workspace) == 0
