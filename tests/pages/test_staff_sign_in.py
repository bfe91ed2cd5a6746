"""People of the platform sign in where their company does, and once more before a refund."""

from __future__ import annotations

import time
from collections.abc import Iterator

import httpx
import pytest
from joserfc import jwt
from joserfc.jwk import RSAKey

from tests.pages.conftest import Visits
from tests.support.openid_provider import Provider

SIGN_IN = "/v1/pages/sign-in"
CALLBACK = f"{SIGN_IN}/callback"
SIGN_OUT = "/v1/pages/sign-out"


@pytest.fixture
def browser(url: str) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=url, follow_redirects=True, trust_env=False) as browser:
        yield browser


class TestSigningIn:
    @pytest.mark.parametrize(
        ("groups", "first"),
        [
            (["helpdesk"], "/admin"),
            (["examiners"], "/audit"),
            (["canteen", "helpdesk", "billing-admins"], "/admin"),
        ],
    )
    def test_groups_say_which_role_somebody_has(
        self, groups: list[str], first: str, browser: httpx.Client, provider: Provider
    ) -> None:
        provider.signs_in("sam", *groups)
        answer = browser.get(SIGN_IN)
        assert (answer.status_code, answer.url.path) == (200, first)
        assert "sam" in answer.text
        plans = browser.get("/admin/plans").status_code
        assert plans == (200 if "billing-admins" in groups else 403)

    def test_whoever_came_to_a_page_is_led_back_to_it(
        self, browser: httpx.Client, provider: Provider
    ) -> None:
        provider.signs_in("sam", "helpdesk")
        answer = browser.get("/admin/revenue")
        assert answer.status_code == 401
        link = answer.text.split(f'href="{SIGN_IN}')[1].split('"')[0].replace("&amp;", "&")
        assert browser.get(f"{SIGN_IN}{link}").url.path == "/admin/revenue"

    @pytest.mark.parametrize("page", ["//evil.example", "https://evil.example", "/app/billing"])
    def test_nobody_is_led_elsewhere(
        self, page: str, browser: httpx.Client, provider: Provider
    ) -> None:
        provider.signs_in("sam", "helpdesk")
        assert browser.get(SIGN_IN, params={"page": page}).url.path == "/admin"

    @pytest.mark.parametrize("groups", [[], ["canteen"], ["super_admin"]])
    def test_other_groups_stay_outside(
        self, groups: list[str], browser: httpx.Client, provider: Provider
    ) -> None:
        provider.signs_in("eve", *groups)
        answer = browser.get(SIGN_IN)
        assert answer.status_code == 403
        assert "none of your groups" in answer.text
        assert browser.get("/admin").status_code == 401

    def test_what_somebody_else_signed_lets_nobody_in(
        self, browser: httpx.Client, provider: Provider
    ) -> None:
        provider.signs_in("eve", "billing-admins")
        provider.key = RSAKey.import_key({**RSAKey.generate_key(2048).as_dict(private=True)})
        try:
            answer = browser.get(SIGN_IN)
        finally:
            provider.key = provider.published
        assert answer.status_code == 403
        assert "not completed" in answer.text

    def test_an_answer_that_this_browser_did_not_ask_for_lets_nobody_in(
        self, browser: httpx.Client, provider: Provider, url: str
    ) -> None:
        provider.signs_in("eve", "billing-admins")
        with httpx.Client(base_url=url, trust_env=False) as other:
            address = other.get(SIGN_IN).headers["location"]
        answered = httpx.get(address, trust_env=False).headers["location"]
        assert browser.get(answered).status_code == 403

    def test_an_answer_is_good_for_once(self, browser: httpx.Client, provider: Provider) -> None:
        provider.signs_in("sam", "helpdesk")
        first = browser.get(SIGN_IN)
        used = next(str(each.url) for each in first.history if each.url.path == CALLBACK)
        assert browser.get(used).status_code == 403


class TestSigningOut:
    def test_may_be_done_at_the_provider_too(
        self, browser: httpx.Client, provider: Provider
    ) -> None:
        provider.signs_in("sam", "helpdesk")
        left = leave(browser)
        assert "You are signed out here" in left.text
        assert browser.get("/admin").status_code == 401
        answer = browser.get(SIGN_OUT)
        assert answer.url.path == "/session/ended"
        assert "You can close this page" in answer.text
        assert provider.browser is None

    def test_tells_the_provider_who_leaves_so_that_it_need_not_ask(
        self, browser: httpx.Client, provider: Provider
    ) -> None:
        provider.signs_in("sue", "helpdesk")
        leave(browser)
        browser.get(SIGN_OUT)
        hint = jwt.decode(provider.left[-1]["id_token_hint"], provider.published)
        assert hint.claims["sub"] == "sue"
        browser.get(SIGN_OUT)
        assert "id_token_hint" not in provider.left[-1]

    def test_says_so_where_the_provider_keeps_people_signed_in(
        self, browser: httpx.Client, provider: Provider
    ) -> None:
        provider.signs_in("sam", "helpdesk")
        provider.lets_go = False
        try:
            leave(browser)
            answer = browser.get(SIGN_OUT)
        finally:
            provider.lets_go = True
        assert answer.url.path == "/session/ended"
        assert "close the browser" in answer.text


def leave(browser: httpx.Client) -> httpx.Response:
    token = browser.get(SIGN_IN).text.partition('form_token" value="')[2][:64]
    return browser.post("/admin/leave", data={"form_token": token})


class TestProvingItAgain:
    def test_a_refund_wants_somebody_who_just_signed_in(
        self, visits: Visits, provider: Provider
    ) -> None:
        provider.signs_in("sam", "helpdesk", ago=3600)
        with visits.staff("support", auth_time=int(time.time()) - 3600) as browser:
            browser.follow_redirects = True
            told = refund(browser)
            assert told.status_code == 403
            assert "within the last five minutes" in told.text
            again = browser.get("/admin/again", params={"page": "/admin/workspaces/acme"})
            assert again.url.path == "/admin/workspaces/acme"
            assert provider.asked[-1]["prompt"] == "login"
            assert provider.asked[-1]["max_age"] == "0"
            assert refund(browser).status_code == 200

    @pytest.mark.parametrize(
        "action",
        ["workspaces/acme/refund", "workspaces/acme/erase", "orders/o/refund", "orders/o/cancel"],
    )
    def test_nothing_that_cannot_be_undone_is_done_without(
        self, action: str, visits: Visits
    ) -> None:
        with visits.staff("super_admin", auth_time=int(time.time()) - 3600) as browser:
            token = browser.get("/admin").text.partition('form_token" value="')[2][:64]
            answer = browser.post(f"/admin/{action}", data={"form_token": token})
        assert answer.status_code == 403
        assert "within the last five minutes" in answer.text

    def test_to_be_signed_in_at_the_provider_is_not_enough(
        self, browser: httpx.Client, provider: Provider
    ) -> None:
        provider.signs_in("sam", "helpdesk", ago=3600)
        browser.get(SIGN_IN)
        assert refund(browser).status_code == 403


def refund(browser: httpx.Client) -> httpx.Response:
    token = browser.get("/admin").text.partition('form_token" value="')[2][:64]
    fields = {"invoice": "in_unknown", "reason": "a reason", "form_token": token}
    return browser.post("/admin/workspaces/acme/refund", data=fields)
