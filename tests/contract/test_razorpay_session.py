"""The manners of Razorpay's SDK, kept from everybody else."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest

from gateways.port import GatewayRejected, GatewayUnavailable, PlanSpec
from gateways.razorpay import RazorpayClient, build
from gateways.razorpay.client import send
from tests.support.gateway_driver import Fault
from tests.support.gateway_steps import (
    PRO,
    checkout_request,
    synced,
)
from tests.support.http_double import Answer
from tests.support.razorpay_driver import PUBLIC_URL, RazorpayDriver
from tests.support.razorpay_driver import driver as open_driver
from tests.support.razorpay_state import KEY_ID, KEY_SECRET


@pytest.fixture
def razorpay() -> Iterator[RazorpayDriver]:
    with open_driver() as opened:
        yield opened


class TestTheSdkBehindTheSession:
    @pytest.mark.parametrize("fault", ["server_error", "html", "refused", "timeout_after_effect"])
    def test_nothing_is_printed(
        self, razorpay: RazorpayDriver, fault: Fault, capsys: pytest.CaptureFixture[str]
    ) -> None:
        razorpay.break_next(fault, calls=3)
        with pytest.raises(GatewayUnavailable):
            razorpay.gateway.subscriptions.fetch("sub_00000000000001")
        captured = capsys.readouterr()
        assert captured.out == ""

    def test_a_read_is_repeated_and_a_write_is_not(self, razorpay: RazorpayDriver) -> None:
        razorpay.double.break_next("server_error", calls=2, method="GET")
        razorpay.double.break_next("timeout_after_effect", method="POST")
        with pytest.raises(GatewayUnavailable):
            synced(razorpay)
        assert len(razorpay.double.called("GET", "/v1/plans")) == 1
        assert len(razorpay.double.called("POST", "/v1/plans")) == 1

    def test_a_silent_gateway_is_given_up_in_time(self) -> None:
        with open_driver(timeout=0.1) as razorpay:
            razorpay.double.patience = 1.0
            razorpay.break_next("timeout_before_effect", calls=3)
            started_at = time.monotonic()
            with pytest.raises(GatewayUnavailable):
                razorpay.gateway.subscriptions.fetch("sub_00000000000001")
            assert time.monotonic() - started_at < 3

    def test_an_error_keeps_its_field(self, razorpay: RazorpayDriver) -> None:
        price = synced(razorpay).price
        endless = PlanSpec(PRO.slug, PRO.name, PRO.price, "year")
        with pytest.raises(GatewayRejected) as caught:
            razorpay.gateway.checkouts.start(checkout_request(price, endless, workspace="w" * 300))
        assert caught.value.details["field"] == "notes"
        assert "256" in caught.value.details["description"]

    def test_wrong_keys_are_reported_but_not_shown(self, razorpay: RazorpayDriver) -> None:
        secret = "a-secret-nobody-should-read"
        client = RazorpayClient(KEY_ID, secret, clock=razorpay.now, api_base=razorpay.double.url)
        gateway = build(client, [], public_url=PUBLIC_URL)
        with pytest.raises(GatewayRejected) as caught:
            gateway.subscriptions.fetch("sub_00000000000001")
        assert secret not in f"{caught.value} {caught.value.details}"
        client.close()

    def test_no_error_carries_the_request(self, razorpay: RazorpayDriver) -> None:
        razorpay.break_next("refused", calls=3)
        with pytest.raises(GatewayUnavailable) as caught:
            razorpay.gateway.subscriptions.fetch("sub_00000000000001")
        assert caught.value.__context__ is None
        assert KEY_SECRET not in f"{caught.value} {caught.value.details}"

    def test_an_empty_success_is_an_empty_answer(self) -> None:
        assert send(lambda: "{}") == {}

    @pytest.mark.parametrize("answer", [[], "text", None, 3])
    def test_a_success_that_is_no_object_is_nonsense(self, answer: object) -> None:
        with pytest.raises(GatewayUnavailable):
            send(lambda: answer)

    @pytest.mark.parametrize(
        "answer",
        [
            Answer(200, {}),
            Answer(200, {"id": 7}),
            Answer(200, "[]"),
            Answer(302, headers={"Location": "https://elsewhere.example/"}),
            Answer(400, "<html>Bad gateway</html>"),
        ],
    )
    def test_nonsense_is_no_answer_at_all(self, razorpay: RazorpayDriver, answer: Answer) -> None:
        razorpay.double.answer_next(answer)
        with pytest.raises(GatewayUnavailable):
            razorpay.gateway.subscriptions.fetch("sub_00000000000001")

    def test_an_error_inside_a_success_is_an_error(self, razorpay: RazorpayDriver) -> None:
        error = {"code": "BAD_REQUEST_ERROR", "description": "No."}
        razorpay.double.answer_next(Answer(200, {"error": error}))
        with pytest.raises(GatewayRejected):
            razorpay.gateway.subscriptions.fetch("sub_00000000000001")
