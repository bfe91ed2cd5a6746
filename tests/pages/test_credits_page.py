"""Credits as owners see and buy them, and as the platform's people take them back."""

from __future__ import annotations

import re
from collections.abc import Iterator

import httpx
import pytest

from tests.pages.conftest import RETURN, Visits
from tests.pages.test_beside_plans import done, pressed
from workspace_billing import Billing

METER, PACK = "credit_tokens", "credit-pack"
PAGE = "/app/billing/credits"


@pytest.fixture(scope="module")
def pack(billing: Billing) -> str:
    billing.api.declare_meter(METER, unit="credit tokens", aggregation="sum")
    grants = [{"meter": METER, "amount": 1_000}]
    billing.addons.create(
        PACK, name="Pack", price_cents=900, currency="USD", kind="credits", grants=grants
    )
    billing.addons.change(PACK, is_active=True)
    return PACK


@pytest.fixture
def owner(pack: str, workspace: str, billing: Billing, visits: Visits) -> Iterator[httpx.Client]:
    """Of a workspace that was given 500, and has a card on file."""
    billing.api.grant_credits(workspace, id="g", meter=METER, amount=500, source="goodwill")
    mine = billing.workspaces(workspace)
    page = mine.checkout(
        plan="pro-monthly", gateway="sandbox", success_url=RETURN, cancel_url=RETURN
    )
    httpx.post(page.url, data={"outcome": "approve"}, trust_env=False)
    mine.reconcile()
    with visits.member(workspace, "owner") as browser:
        yield browser


@pytest.fixture
def admin(visits: Visits) -> Iterator[httpx.Client]:
    with visits.staff("super_admin") as browser:
        yield browser


class TestAnOwner:
    def test_sees_balances_and_what_became_of_them(self, owner: httpx.Client) -> None:
        page = owner.get(PAGE).text
        assert "Credits: credit tokens" in page
        assert "goodwill" in page
        assert "grant:g 500" in page
        assert '/app/billing/addons/credit-pack"' in page

    def test_lets_them_be_bought_at_the_price_that_was_shown_and_stops_that(
        self, owner: httpx.Client, billing: Billing, workspace: str
    ) -> None:
        [offer] = re.findall(r'<option value="(credit-pack [^"]+)"', owner.get(PAGE).text)
        form = {"meter": METER, "offer": offer, "below": "100", "most_a_day": "2"}
        dearer = {**form, "offer": "credit-pack 901 USD"}
        assert done(pressed(owner, f"{PAGE}/top-up", PAGE, **dearer)) == "refused=price_changed"
        nothing = {**form, "below": "few"}
        assert done(pressed(owner, f"{PAGE}/top-up", PAGE, **nothing)) == (
            "refused=validation_failed"
        )
        assert billing.api.list_top_ups(workspace).data == []
        assert done(pressed(owner, f"{PAGE}/top-up", PAGE, **form)) == "done=top_up_set"
        [rule] = billing.api.list_top_ups(workspace).data
        assert (rule.addon, rule.below, rule.most_a_day) == (PACK, 100, 2)
        assert "When fewer than 100 are left" in owner.get(PAGE).text
        assert done(pressed(owner, f"{PAGE}/stop", PAGE, meter=METER)) == "done=top_up_stopped"
        assert billing.api.list_top_ups(workspace).data == []

    def test_who_may_only_look_is_offered_nothing(
        self, owner: httpx.Client, visits: Visits, workspace: str
    ) -> None:
        with visits.member(workspace, "viewer") as viewer:
            page = viewer.get(PAGE).text
        assert "goodwill" in page
        assert "credit-pack" not in page


@pytest.mark.usefixtures("owner")
class TestThePlatform:
    def test_takes_back_what_is_unspent(
        self, admin: httpx.Client, billing: Billing, workspace: str
    ) -> None:
        here = f"/admin/workspaces/{workspace}"
        form = {"grant": "g", "reason": "given by mistake"}
        assert done(pressed(admin, f"{here}/revoke", here, **form)) == "done=revoked"
        assert billing.api.show_credits(workspace).balances[0].free == 0

    def test_corrects_what_was_counted_once_and_nothing_by_an_empty_field(
        self, admin: httpx.Client, billing: Billing, workspace: str
    ) -> None:
        billing.api.record_usage(workspace, id="u", meter=METER, value=300)
        here = f"/admin/workspaces/{workspace}"
        form = {"id": "c", "meter": METER, "event": "u", "reason": "a retry"}
        empty = pressed(admin, f"{here}/correct", here, **form, value="")
        assert done(empty) == "refused=validation_failed"
        assert billing.api.show_usage_event(workspace, METER, "u").value == 300
        for _ in range(2):
            answer = pressed(admin, f"{here}/correct", here, **form, value="100")
            assert done(answer) == "done=corrected"
        assert billing.api.show_usage_event(workspace, METER, "u").value == 100
        unknown = pressed(admin, f"{here}/correct", here, **{**form, "event": "x"}, value="0")
        assert done(unknown) == "refused=usage_not_found"
