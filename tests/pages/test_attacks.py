"""Forms that are sent twice, late, or about what belongs to somebody else."""

from __future__ import annotations

from collections.abc import Iterator
from uuid import uuid4

import httpx
import pytest

from tests.pages.conftest import Visits
from tests.support.waiting import wait_until
from workspace_billing import Billing, models

HERE = "/app/billing/addons"


@pytest.fixture(scope="module")
def service(billing: Billing) -> str:
    slug = f"attacked-{uuid4().hex[:6]}"
    billing.addons.create(slug, name="Attacked", price_cents=9_900, currency="USD")
    billing.addons.change(slug, is_active=True)
    return slug


@pytest.fixture
def owner(workspace: str, visits: Visits) -> Iterator[httpx.Client]:
    with visits.member(workspace, "owner") as browser:
        yield browser


def sent(browser: httpx.Client, path: str, **fields: str) -> httpx.Response:
    token = browser.get("/app/billing").text.partition('form_token" value="')[2][:64]
    return browser.post(path, data={**fields, "form_token": token})


def order(service: str, **changed: str) -> dict[str, str]:
    shown = {"price_cents": "9900", "currency": "USD", "gateway": "sandbox"}
    return {"addon": service, "key": str(uuid4()), **shown, **changed}


def bought(billing: Billing, workspace: str) -> list[models.PurchaseRecord]:
    """Once the read model has them: somebody else bought, in a browser."""
    purchases = billing.workspaces(workspace).purchases
    wait_until(lambda: list(purchases()), "the purchase is known")
    return list(purchases())


class TestAForm:
    def test_that_is_sent_twice_buys_once(
        self, owner: httpx.Client, service: str, billing: Billing, workspace: str
    ) -> None:
        form = order(service)
        first, second = sent(owner, f"{HERE}/buy", **form), sent(owner, f"{HERE}/buy", **form)
        assert first.text.count("/sandbox/checkout/") == second.text.count("/sandbox/checkout/")
        assert len(bought(billing, workspace)) == 1

    def test_that_shows_another_price_charges_nothing(
        self, owner: httpx.Client, service: str, billing: Billing, workspace: str
    ) -> None:
        answer = sent(owner, f"{HERE}/buy", **order(service, price_cents="4900"))
        assert answer.headers["location"].endswith("refused=price_changed")
        assert list(billing.workspaces(workspace).purchases()) == []

    def test_whose_price_is_no_number_charges_nothing(
        self, owner: httpx.Client, service: str, billing: Billing, workspace: str
    ) -> None:
        answer = sent(owner, f"{HERE}/buy", **order(service, price_cents="99.00"))
        assert answer.headers["location"].endswith("refused=validation_failed")
        assert list(billing.workspaces(workspace).purchases()) == []


class TestAStranger:
    def test_cancels_nobody_else_s_purchase(
        self, owner: httpx.Client, service: str, billing: Billing, workspace: str, visits: Visits
    ) -> None:
        sent(owner, f"{HERE}/buy", **order(service))
        (purchase,) = bought(billing, workspace)
        with visits.member(f"{workspace}-2", "owner") as stranger:
            answer = sent(stranger, f"{HERE}/purchases/{purchase.purchase_id}/cancel")
        assert answer.status_code == 403
        assert [each.status for each in bought(billing, workspace)] == [purchase.status]

    def test_does_nothing_with_the_form_of_another_session(
        self, owner: httpx.Client, billing: Billing, workspace: str, visits: Visits
    ) -> None:
        token = owner.get("/app/billing").text.partition('form_token" value="')[2][:64]
        with visits.member(f"{workspace}-2", "owner") as stranger:
            form = {"form_token": token, "billing_email": "eve@evil.example"}
            answer = stranger.post("/app/billing/details", data=form)
        assert answer.status_code == 403
        assert billing.workspaces(f"{workspace}-2").settings().billing_email is None


class TestAnAddress:
    @pytest.mark.parametrize(
        "path",
        [
            "change",
            "addons/%2e%2e%2f",
            "quantity?quantity=9e9",
            "?refused=%3Cb%3E",
        ],
    )
    def test_that_nobody_links_to_is_answered_by_a_page(
        self, path: str, owner: httpx.Client
    ) -> None:
        answer = owner.get(f"/app/billing{'' if path[0] == '?' else '/'}{path}")
        assert answer.status_code in {200, 303, 404}
        assert answer.headers.get("content-type", "text/html").startswith("text/html")
        assert "<b>" not in answer.text

    @pytest.mark.parametrize(
        "path",
        [
            "admin/workspaces?cursor=nonsense",
            "admin/workspaces/%2e%2e",
            "admin/workspaces/go?workspace=a/../../b%3Fc",
            "admin/orders?status=nonsense",
            "admin/webhooks?state=nonsense",
            "audit?since=nonsense&cursor=nonsense",
            "audit/decision?id=nonsense",
            "audit/streams/nonsense",
            "audit/workspaces/a%20b?at=9999-99-99",
        ],
    )
    def test_of_the_staff_s_is_too(self, path: str, visits: Visits) -> None:
        with visits.staff("super_admin") as admin:
            answer = admin.get(f"/{path}")
        assert answer.status_code < 500
        assert answer.headers.get("content-type", "text/html").startswith("text/html")


class TestLimits:
    def test_that_are_no_numbers_are_not_unlimited(
        self, billing: Billing, workspace: str, visits: Visits
    ) -> None:
        here = f"/admin/workspaces/{workspace}"
        with visits.staff("super_admin") as admin:
            token = admin.get(here).text.partition('form_token" value="')[2][:64]
            form = {"form_token": token, "quotas": "conversation 1,000", "limits": "agents ten"}
            answer = admin.post(f"{here}/agree", data=form)
        assert answer.headers["location"].endswith("refused=validation_failed")
        assert billing.workspaces(workspace).entitlements().overrides == []

    def test_that_are_reached_are_said(
        self, billing: Billing, workspace: str, visits: Visits
    ) -> None:
        billing.report(
            {"id": f"c-{number}", "workspace_id": workspace, "metric": "conversation"}
            for number in range(50)
        )
        with visits.member(workspace, "viewer") as viewer:
            shown = viewer.get("/app/billing").text
        assert "The limit is reached." in shown

    @pytest.mark.parametrize("role", ["support", "super_admin"])
    def test_that_refused_are_explained_to_those_who_are_asked(
        self, role: str, billing: Billing, workspace: str, visits: Visits
    ) -> None:
        billing.report(
            {"id": f"c-{number}", "workspace_id": workspace, "metric": "conversation"}
            for number in range(50)
        )
        refused = billing.workspaces(workspace).can_start_conversation().refusal
        assert refused
        with visits.staff(role) as browser:
            page = browser.get(f"/admin/workspaces/{workspace}").text
            form = page.split("X-Decision-Id")[0].split('action="')[-1].split('"')[0]
            shown = browser.get(form, params={"id": refused.decision_id})
        assert shown.status_code == 200
        assert f"/admin/workspaces/{workspace}" in shown.text
