"""How people come in: by a link that works once, and then by the session that it opened."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

from tests.pages.conftest import RETURN, Visits, code_of
from tests.support.chromium import Person
from workspace_billing import Billing
from workspace_billing.errors import SessionLinkNotFound, SessionLinkUsed


@pytest.fixture
def link(billing: Billing, workspace: str) -> str:
    body = {"workspace": workspace, "user": "ann", "role": "owner", "return_url": RETURN}
    return billing.api.open_page_session(**body).url  # type: ignore[arg-type]


def opened(url: str) -> httpx.Response:
    return httpx.get(url, trust_env=False)


class TestALink:
    def test_leads_to_the_page_and_opens_a_session_that_scripts_cannot_read(
        self, link: str
    ) -> None:
        answer = opened(link)
        assert (answer.status_code, answer.headers["location"]) == (303, "/app/billing")
        cookie = answer.headers["set-cookie"].lower()
        assert "httponly" in cookie
        assert "samesite=lax" in cookie
        assert "path=/app" in cookie
        assert 1700 < int(cookie.split("max-age=")[1].split(";")[0]) <= 1800

    @pytest.mark.parametrize("page", ["addons", "/app/billing/addons"])
    def test_may_name_another_page(self, page: str, billing: Billing, workspace: str) -> None:
        body = {"workspace": workspace, "user": "u", "role": "admin", "return_url": RETURN}
        made = billing.api.open_page_session(**body, page=page)  # type: ignore[arg-type]
        assert opened(made.url).headers["location"] == "/app/billing/addons"

    def test_works_once_and_then_shows_the_way_back_to_the_host(self, link: str) -> None:
        opened(link)
        again = opened(link)
        assert again.status_code == 410
        assert f'href="{RETURN}"' in again.text
        assert "set-cookie" not in again.headers

    def test_lets_in_one_of_many_who_use_it_at_once(self, link: str, billing: Billing) -> None:
        def redeem(_: int) -> str:
            try:
                return billing.api.redeem_page_link(code=code_of(link)).role
            except SessionLinkUsed:
                return "refused"

        with ThreadPoolExecutor(8) as pool:
            assert Counter(pool.map(redeem, range(16))) == {"owner": 1, "refused": 15}

    def test_that_nobody_made_is_not_known(self, billing: Billing, url: str) -> None:
        with pytest.raises(SessionLinkNotFound):
            billing.api.redeem_page_link(code="made-up")
        assert opened(f"{url}/session?code=made-up").status_code == 410
        assert opened(f"{url}/session").status_code == 410


class TestASession:
    def test_is_of_its_workspace_and_role_alone(self, link: str, billing: Billing) -> None:
        session = billing.api.redeem_page_link(code=code_of(link))
        mine = billing.using(session.token)
        assert mine.workspaces(session.workspace).subscription().plan == "free"
        with pytest.raises(Exception, match="forbidden"):
            mine.workspaces("somebody-else").subscription()
        with pytest.raises(Exception, match="forbidden"):
            list(mine.orders.list())

    @pytest.mark.parametrize("path", ["/app/billing", "/app/billing/change?plan=pro-monthly"])
    def test_is_needed(self, path: str, url: str) -> None:
        answer = opened(f"{url}{path}")
        assert answer.status_code == 401
        assert "<h1>" in answer.text

    def test_of_a_forged_cookie_shows_nothing(self, url: str) -> None:
        forged = (
            "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9."
            "eyJzdWIiOiJ4Iiwid29ya3NwYWNlcyI6eyJhY21lIjoib3duZXIifSwiZXhwIjo5OTk5OTk5OTk5fQ.AAAA"
        )
        cookie = {"Cookie": f"billing_member={forged}"}
        answer = httpx.get(f"{url}/app/billing", headers=cookie)
        assert answer.status_code == 401
        assert "acme" not in answer.text

    @pytest.mark.parametrize(
        "change",
        [
            {"data": {}},
            {"data": {"form_token": "0" * 64}},
            {"headers": {"Origin": "https://evil.example"}},
        ],
    )
    def test_takes_no_form_from_elsewhere(
        self, change: dict[str, dict[str, str]], visits: Visits, workspace: str
    ) -> None:
        with visits.member(workspace, "owner") as browser:
            token = browser.get("/app/billing").text.split('form_token" value="')[1][:64]
            request = {"data": {"form_token": token}, **change}
            answer = browser.post("/app/billing/cancel", **request)  # type: ignore[arg-type]
        assert answer.status_code == 403

    def test_pages_forbid_scripts_of_others_and_frames(
        self, visits: Visits, workspace: str
    ) -> None:
        with visits.member(workspace, "viewer") as browser:
            answer = browser.get("/app/billing")
        policy = answer.headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "frame-ancestors 'none'" in policy
        assert "unsafe-inline" not in policy
        assert " style=" not in answer.text
        assert "<script>" not in answer.text


@pytest.mark.browser
class TestInTheBrowser:
    def test_somebody_comes_in_and_leaves(
        self, enter: Callable[..., None], person: Person, workspace: str
    ) -> None:
        enter(workspace)
        person.sees("Plan and usage")
        assert person.can_press("Back to the app")
        person.presses("Sign out")
        person.sees("Signed out")
        person.opens(person.driver.current_url.replace("/app/leave", "/app/billing"))
        person.sees("Please sign in again")
