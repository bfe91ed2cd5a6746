"""Who sees which page and may press which button: every one, by everybody."""

from __future__ import annotations

import re

import httpx
import pytest

from tests.pages.conftest import Visits

MEMBERS = ("owner", "admin", "editor", "viewer")
STAFF = ("super_admin", "support", "auditor")
MANAGING = {"owner", "admin"}
ALL_MEMBERS = set(MEMBERS)
ADMINS, SUPPORTING = {"super_admin"}, {"super_admin", "support"}
AUDITING = {"super_admin", "auditor"}
WS = "roles-acme"

PAGES: dict[str, set[str]] = {
    "/pricing": {*MEMBERS, *STAFF},
    "/pricing?interval=year": {*MEMBERS, *STAFF},
    "/app/billing": ALL_MEMBERS,
    "/app/billing/usage": ALL_MEMBERS,
    "/app/billing/change?plan=pro-monthly": ALL_MEMBERS,
    "/app/billing/addons": MANAGING,
    "/app/billing/profile": MANAGING,
    "/app/billing/credits": ALL_MEMBERS,
    "/admin": SUPPORTING,
    "/admin/workspaces": SUPPORTING,
    "/admin/workspaces?status=active&q=a": SUPPORTING,
    f"/admin/workspaces/{WS}": SUPPORTING,
    "/admin/plans": ADMINS,
    "/admin/plans/pro-monthly": ADMINS,
    "/admin/addons": ADMINS,
    "/admin/addons/professional-ai-setup": ADMINS,
    "/admin/orders": ADMINS,
    "/admin/orders?status=paid": ADMINS,
    "/admin/orders.csv": ADMINS,
    "/admin/webhooks": SUPPORTING,
    "/admin/endpoints": ADMINS,
    "/admin/revenue": SUPPORTING,
    "/admin/revenue?currency=USD&cohort=2026-11&plan=pro-monthly&until=2026-11": SUPPORTING,
    "/admin/revenue/cohorts": SUPPORTING,
    "/audit": AUDITING,
    "/audit?service=billing&since=2026-01-01T00:00": AUDITING,
    "/audit/export": AUDITING,
    "/audit/export?format=parquet&workspace=nobody": AUDITING,
    "/audit/verify": AUDITING,
    f"/audit/workspaces/{WS}": AUDITING,
}
FIELDS = {
    "reason": "a reason",
    "invoice": "in_unknown",
    "grant": "unknown",
    "meter": "unknown",
    "offer": "unknown 1 EUR",
    "below": "1",
    "value": "0",
    "id": "an-id",
    "event": "unknown",
}
# What comes of it besides is no question of rights.
ACTIONS: dict[str, set[str]] = {
    "/app/billing/checkout": MANAGING,
    "/app/billing/change": MANAGING,
    "/app/billing/cancel": MANAGING,
    "/app/billing/resume": MANAGING,
    "/app/billing/reconcile": MANAGING,
    "/app/billing/portal": MANAGING,
    "/app/billing/quantity": MANAGING,
    "/app/billing/pause": MANAGING,
    "/app/billing/unpause": MANAGING,
    "/app/billing/details": MANAGING,
    "/app/billing/profile": MANAGING,
    "/app/billing/addons/buy": MANAGING,
    "/app/billing/credits/top-up": MANAGING,
    "/app/billing/credits/stop": MANAGING,
    "/app/billing/addons/purchases/unknown/cancel": set(),
    f"/admin/workspaces/{WS}/reconcile": SUPPORTING,
    f"/admin/workspaces/{WS}/cancel": SUPPORTING,
    f"/admin/workspaces/{WS}/assign": ADMINS,
    f"/admin/workspaces/{WS}/refund": SUPPORTING,
    f"/admin/workspaces/{WS}/forget": SUPPORTING,
    f"/admin/workspaces/{WS}/adopt": SUPPORTING,
    f"/admin/workspaces/{WS}/agree": ADMINS,
    f"/admin/workspaces/{WS}/grant": ADMINS,
    f"/admin/workspaces/{WS}/trial": ADMINS,
    f"/admin/workspaces/{WS}/revoke": ADMINS,
    f"/admin/workspaces/{WS}/correct": ADMINS,
    f"/admin/workspaces/{WS}/erase": ADMINS,
    "/admin/plans/new": ADMINS,
    "/admin/plans/no-such-plan": ADMINS,
    "/admin/plans/no-such-plan/sync": ADMINS,
    "/admin/addons/new": ADMINS,
    "/admin/addons/no-such-addon": ADMINS,
    "/admin/addons/no-such-addon/switch": ADMINS,
    "/admin/orders/unknown/deliver": ADMINS,
    "/admin/orders/unknown/cancel": SUPPORTING,
    "/admin/orders/unknown/refund": SUPPORTING,
    "/admin/orders/unknown/reopen": ADMINS,
    "/admin/webhooks/sandbox/unknown/retry": ADMINS,
    "/admin/endpoints/new": ADMINS,
    "/admin/endpoints/unknown/switch": ADMINS,
    "/admin/endpoints/unknown/test": ADMINS,
    "/admin/endpoints/unknown/replay": ADMINS,
    "/admin/endpoints/unknown/remove": ADMINS,
    "/audit/verify": AUDITING,
}


@pytest.fixture(scope="session")
def everybody(visits: Visits) -> dict[str, httpx.Client]:
    members = {role: visits.member(WS, role) for role in MEMBERS}
    return {**members, **{role: visits.staff(role) for role in STAFF}}


@pytest.fixture(scope="session")
def tokens(everybody: dict[str, httpx.Client]) -> dict[str, str]:
    """Of the forms of each session: every page has one."""
    own = {**dict.fromkeys(MEMBERS, "/app/billing"), **dict.fromkeys(STAFF, "/admin")}
    own["auditor"] = "/audit"
    return {
        role: everybody[role].get(page).text.partition('form_token" value="')[2][:64]
        for role, page in own.items()
    }


@pytest.mark.parametrize("page", PAGES)
def test_a_page_is_for(page: str, everybody: dict[str, httpx.Client]) -> None:
    answers = {role: browser.get(page) for role, browser in everybody.items()}
    assert {role for role, answer in answers.items() if answer.status_code == 200} == PAGES[page]
    refused = {role: answer for role, answer in answers.items() if answer.status_code != 200}
    assert {answer.status_code for answer in refused.values()} <= {401, 403}
    assert all("<h1>" in answer.text for answer in refused.values())
    for role, answer in refused.items():
        if answer.status_code == 403:
            onwards = re.findall(r'class="button quiet" href="([^"]+)"', answer.text)
            assert {everybody[role].get(each).status_code for each in onwards} == {200}


@pytest.mark.parametrize("action", ACTIONS)
def test_a_button_is_for(
    action: str, everybody: dict[str, httpx.Client], tokens: dict[str, str]
) -> None:
    area = MEMBERS if action.startswith("/app") else STAFF
    pressed = {
        role: everybody[role].post(action, data={**FIELDS, "form_token": tokens[role]})
        for role in area
    }
    assert {answer.status_code for answer in pressed.values()} <= {200, 303, 403}
    may = {role for role, answer in pressed.items() if answer.status_code != 403}
    assert may == ACTIONS[action]


@pytest.mark.parametrize("action", ACTIONS)
def test_no_button_works_without_its_page(action: str, url: str) -> None:
    assert httpx.post(f"{url}{action}", trust_env=False).status_code == 401
