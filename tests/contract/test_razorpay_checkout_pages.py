"""The checkout page of ours with Razorpay's Checkout.js, and the address that it returns to."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from gateways.port import InvalidSignature, ReferenceNotFound
from gateways.razorpay import checkout_pages
from gateways.razorpay.signatures import signature
from tests.support.gateway_steps import CANCEL_URL, checkout_request, started, synced
from tests.support.razorpay_driver import PUBLIC_URL, RazorpayDriver
from tests.support.razorpay_driver import driver as open_driver
from tests.support.razorpay_state import KEY_ID, KEY_SECRET


@pytest.fixture
def razorpay() -> Iterator[RazorpayDriver]:
    with open_driver() as opened:
        yield opened


@pytest.fixture
def browser(razorpay: RazorpayDriver) -> Iterator[TestClient]:
    application = FastAPI()
    application.include_router(checkout_pages(razorpay.client, PUBLIC_URL))
    with TestClient(application, base_url=PUBLIC_URL, follow_redirects=False) as client:
        yield client


def path(url: str) -> str:
    return url.removeprefix(PUBLIC_URL)


def returned(ref: str, payment: str = "pay_1", secret: str = KEY_SECRET) -> dict[str, str]:
    """What Checkout.js posts after a payment."""
    return {
        "razorpay_payment_id": payment,
        "razorpay_subscription_id": ref,
        "razorpay_signature": signature(f"{payment}|{ref}".encode(), secret),
    }


class TestThePage:
    def test_opens_razorpay_s_window_for_the_subscription(
        self, razorpay: RazorpayDriver, browser: TestClient
    ) -> None:
        checkout = started(razorpay)
        page = browser.get(path(checkout.url))
        assert page.status_code == 200
        assert "https://checkout.razorpay.com/v1/checkout.js" in page.text
        assert f'"subscription_id": "{checkout.ref}"' in page.text
        assert f'"callback_url": "{checkout.url}/return"' in page.text
        assert KEY_ID in page.text
        assert KEY_SECRET not in page.text

    def test_offers_razorpay_s_own_page_beside_it(
        self, razorpay: RazorpayDriver, browser: TestClient
    ) -> None:
        checkout = started(razorpay)
        hosted = razorpay.double.subscriptions[checkout.ref]["short_url"]
        assert f'href="{hosted}"' in browser.get(path(checkout.url)).text

    def test_runs_no_script_but_its_own_and_razorpay_s(
        self, razorpay: RazorpayDriver, browser: TestClient
    ) -> None:
        page = browser.get(path(started(razorpay).url))
        policy = page.headers["content-security-policy"]
        nonce = policy.partition("'nonce-")[2].partition("'")[0]
        assert page.text.count(f'<script nonce="{nonce}"') == page.text.count("<script") == 2
        assert "script-src 'nonce-" in policy
        assert "unsafe-inline" not in policy.partition("script-src")[2].partition(";")[0]

    def test_an_address_can_t_smuggle_a_script_in(
        self, razorpay: RazorpayDriver, browser: TestClient
    ) -> None:
        evil = 'https://app.example/"></script><script>alert(1)</script>'
        request = replace(checkout_request(synced(razorpay).price), cancel_url=evil)
        page = browser.get(path(razorpay.gateway.checkouts.start(request).url))
        assert "<script>alert" not in page.text
        assert page.text.count("</script>") == 2

    def test_goes_on_when_it_was_paid_already(
        self, razorpay: RazorpayDriver, browser: TestClient
    ) -> None:
        checkout = started(razorpay)
        razorpay.approve(checkout)
        page = browser.get(path(checkout.url))
        assert page.status_code == 303
        done = f"https://app.example/billing/done?session_id={checkout.ref}"
        assert page.headers["location"] == done

    def test_goes_back_when_it_has_closed(
        self, razorpay: RazorpayDriver, browser: TestClient
    ) -> None:
        checkout = started(razorpay)
        razorpay.double.subscriptions[checkout.ref]["status"] = "expired"
        assert browser.get(path(checkout.url)).headers["location"] == CANCEL_URL

    @pytest.mark.parametrize("ref", ["sub_00000000000099", "plan_1", "sub_..", "sub_%22"])
    def test_there_is_none_for_anything_else(self, browser: TestClient, ref: str) -> None:
        with pytest.raises(ReferenceNotFound):
            browser.get(f"/razorpay/checkout/{ref}")

    def test_there_is_none_for_a_subscription_of_somebody_else(
        self, razorpay: RazorpayDriver, browser: TestClient
    ) -> None:
        checkout = started(razorpay)
        razorpay.double.subscriptions[checkout.ref]["notes"] = []
        with pytest.raises(ReferenceNotFound):
            browser.get(path(checkout.url))


class TestTheReturn:
    def test_a_paid_one_goes_to_the_success_address_with_its_reference(
        self, razorpay: RazorpayDriver, browser: TestClient
    ) -> None:
        checkout = started(razorpay)
        answer = browser.post(f"{path(checkout.url)}/return", data=returned(checkout.ref))
        assert answer.status_code == 303
        done = f"https://app.example/billing/done?session_id={checkout.ref}"
        assert answer.headers["location"] == done

    def test_a_forged_signature_is_refused(
        self, razorpay: RazorpayDriver, browser: TestClient
    ) -> None:
        checkout = started(razorpay)
        forged = returned(checkout.ref, secret="a stranger's")
        with pytest.raises(InvalidSignature):
            browser.post(f"{path(checkout.url)}/return", data=forged)

    def test_the_signature_of_another_subscription_is_refused(
        self, razorpay: RazorpayDriver, browser: TestClient
    ) -> None:
        checkout = started(razorpay)
        other = started(razorpay, command="chk_2")
        with pytest.raises(InvalidSignature):
            browser.post(f"{path(checkout.url)}/return", data=returned(other.ref))

    def test_a_failed_payment_goes_back(
        self, razorpay: RazorpayDriver, browser: TestClient
    ) -> None:
        checkout = started(razorpay)
        failed = {"error[code]": "BAD_REQUEST_ERROR", "error[reason]": "payment_failed"}
        answer = browser.post(f"{path(checkout.url)}/return", data=failed)
        assert answer.headers["location"] == CANCEL_URL

    def test_a_huge_form_is_refused(self, razorpay: RazorpayDriver, browser: TestClient) -> None:
        checkout = started(razorpay)
        with pytest.raises(InvalidSignature):
            browser.post(f"{path(checkout.url)}/return", content=b"x" * 100_000)
