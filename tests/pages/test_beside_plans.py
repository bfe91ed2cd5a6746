"""What is sold, agreed on and told beside plans: units, pauses, credits, overrides, endpoints."""

from __future__ import annotations

from collections.abc import Iterator
from uuid import uuid4

import httpx
import pytest

from tests.pages.conftest import RETURN, Visits
from tests.support.waiting import wait_until
from workspace_billing import Billing

PLAN, METER = "pages-seats", "pages_tokens"


@pytest.fixture(scope="module")
def seats(billing: Billing) -> str:
    billing.api.declare_meter(METER, unit="tokens", aggregation="sum")
    terms = {"name": "Seats", "price_cents": 900, "monthly_conversations": 100}
    units = {"unit": "seat", "min": 1, "max": 20}
    billing.plans.create(PLAN, currency="USD", interval="month", per_unit=units, **terms)  # type: ignore[arg-type]
    return PLAN


@pytest.fixture
def owner(
    seats: str, workspace: str, billing: Billing, visits: Visits, url: str
) -> Iterator[httpx.Client]:
    """Of a workspace that pays for three seats."""
    mine = billing.workspaces(workspace)
    page = mine.checkout(
        plan=seats, gateway="sandbox", quantity=3, success_url=RETURN, cancel_url=RETURN
    )
    httpx.post(page.url, data={"outcome": "approve"}, trust_env=False)
    mine.reconcile()
    with visits.member(workspace, "owner") as browser:
        yield browser


@pytest.fixture
def admin(visits: Visits) -> Iterator[httpx.Client]:
    with visits.staff("super_admin") as browser:
        yield browser


def pressed(browser: httpx.Client, path: str, page: str, **fields: str) -> httpx.Response:
    token = browser.get(page).text.partition('form_token" value="')[2][:64]
    return browser.post(path, data={**fields, "form_token": token})


def stands(billing: Billing, workspace: str, field: str, value: object) -> None:
    mine = billing.workspaces(workspace)
    wait_until(lambda: getattr(mine.subscription(), field) == value, f"{field} is {value}")


def done(answer: httpx.Response) -> str:
    return answer.headers["location"].partition("?")[2]


class TestUnits:
    def test_are_previewed_and_then_changed(
        self, owner: httpx.Client, billing: Billing, workspace: str
    ) -> None:
        assert "How many (seat)" in owner.get("/app/billing").text
        preview = owner.get("/app/billing/quantity", params={"quantity": "5"})
        assert "Your next invoice has" in preview.text
        stands(billing, workspace, "quantity", 3)
        answer = pressed(owner, "/app/billing/quantity", "/app/billing", quantity="5")
        assert done(answer) == "done=changed"
        stands(billing, workspace, "quantity", 5)

    def test_more_than_are_sold_are_refused(self, owner: httpx.Client) -> None:
        answer = owner.get("/app/billing/quantity", params={"quantity": "21"})
        assert done(answer) == "refused=validation_failed"


class TestAPause:
    def test_ends_when_the_owner_says_so(
        self, owner: httpx.Client, billing: Billing, workspace: str
    ) -> None:
        answer = pressed(owner, "/app/billing/pause", "/app/billing", resumes_on="")
        assert done(answer) == "done=paused"
        stands(billing, workspace, "status", "paused")
        assert "Go on" in owner.get("/app/billing").text
        assert done(pressed(owner, "/app/billing/unpause", "/app/billing")) == "done=resumed"
        stands(billing, workspace, "status", "active")


class TestAnAgreement:
    def test_holds_instead_of_the_plan_and_says_why(
        self, admin: httpx.Client, billing: Billing, workspace: str
    ) -> None:
        billing.api.set_overrides(workspace, features={"sso": True})
        here = f"/admin/workspaces/{workspace}"
        wait_until(lambda: "sso true" in admin.get(here).text, "the form has what holds")
        agreed = {"features": "sso true\nregion eu", "limits": "agents 9", "until": "2099-01-01"}
        why = {"reason": "a pilot of theirs"}
        answer = pressed(admin, f"{here}/agree", here, quotas="conversation 77", **agreed, **why)
        assert done(answer) == "done=agreed"
        mine = billing.workspaces(workspace)
        wait_until(lambda: mine.entitlements().limits["conversations"] == 77, "77 hold")
        holds = mine.entitlements()
        assert holds.limits["agents"] == 9
        assert (holds.features["sso"], holds.features["region"]) == (True, "eu")
        page = admin.get(here).text
        assert "conversation 77" in page
        wait_until(lambda: why["reason"] in admin.get(here).text, "the timeline tells why")
        assert "agents 9" in page

    @pytest.mark.usefixtures("seats")
    def test_credits_are_granted_once_however_often_the_form_is_sent(
        self, admin: httpx.Client, billing: Billing, workspace: str
    ) -> None:
        here = f"/admin/workspaces/{workspace}"
        form = {"id": str(uuid4()), "meter": METER, "amount": "500", "source": "goodwill"}
        for _ in range(2):
            assert done(pressed(admin, f"{here}/grant", here, **form)) == "done=granted"
        balance = billing.api.show_credits(workspace).balances
        assert [each.free for each in balance if each.meter == METER] == [500]
        assert "500" in admin.get(here).text


class TestErasing:
    def test_wants_the_name_of_the_workspace_and_is_told(
        self, admin: httpx.Client, billing: Billing, workspace: str
    ) -> None:
        billing.workspaces(workspace).change_settings(billing_email="ann@personal.example")
        here = f"/admin/workspaces/{workspace}"
        wrong = pressed(admin, f"{here}/erase", here, workspace="another")
        assert done(wrong) == "refused=validation_failed"
        assert "ann@personal.example" in admin.get(here).text
        answer = pressed(admin, f"{here}/erase", here, workspace=workspace)
        assert done(answer) == "done=erased"
        assert "ann@personal.example" not in admin.get(here).text


class TestAnEndpoint:
    def test_is_added_tried_switched_off_and_removed(
        self, admin: httpx.Client, billing: Billing
    ) -> None:
        page = "/admin/endpoints"
        address = "http://127.0.0.1:9/nobody-listens"
        shown = pressed(admin, f"{page}/new", page, url=address, event_types="billing.*")
        assert "whsec_" in shown.text
        assert "whsec_" not in admin.get(page).text
        endpoint = next(
            each for each in billing.api.list_webhook_endpoints().data if each.url == address
        )
        here = f"{page}/{endpoint.id}"
        assert done(pressed(admin, f"{here}/test", page)) == "done=test_refused"
        assert admin.get(here).status_code == 200
        assert done(pressed(admin, f"{here}/switch", page, on="false")) == "done=saved"
        assert billing.api.get_webhook_endpoint(endpoint.id).state == "disabled"
        pressed(admin, f"{here}/remove", page)
        assert address not in admin.get(page).text
