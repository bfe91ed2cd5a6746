"""The double refuses what PayPal's API description does not know, as PayPal would."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.support.local_server import Call
from tests.support.paypal_documents import violation

PLAN: dict[str, Any] = {
    "product_id": "plan-pro",
    "name": "Pro",
    "status": "ACTIVE",
    "billing_cycles": [
        {
            "frequency": {"interval_unit": "MONTH", "interval_count": 1},
            "tenure_type": "REGULAR",
            "sequence": 1,
            "total_cycles": 0,
            "pricing_scheme": {"fixed_price": {"currency_code": "USD", "value": "49.00"}},
        }
    ],
    "payment_preferences": {"auto_bill_outstanding": True, "payment_failure_threshold": 3},
}


def request(method: str, path: str, body: object = None, **query: str) -> Call:
    raw = b"" if body is None else json.dumps(body).encode()
    return Call(method, path, query, {"content-type": "application/json"}, raw)


class TestGoodRequests:
    def test_a_plan_is_described(self) -> None:
        assert violation(request("POST", "/v1/billing/plans", PLAN)) == ""

    def test_a_cancellation_says_why(self) -> None:
        path = "/v1/billing/subscriptions/I-1/cancel"
        assert violation(request("POST", path, {"reason": "Cancelled"})) == ""


class TestRefusedRequests:
    @pytest.mark.parametrize(
        "call",
        [
            request("POST", "/v1/billing/plans/P-1/revise", {}),
            request("POST", "/v1/billing/plans/P-1/deactivate", {}),
            request("POST", "/v1/billing/plans", {**PLAN, "colour": "blue"}),
            request("POST", "/v1/billing/plans", {**PLAN, "name": ""}),
            request("POST", "/v1/billing/plans", {"name": "Pro"}),
            request("POST", "/v1/billing/subscriptions/I-1/cancel", {}),
            request("GET", "/v1/billing/plans", page_size="100"),
            request("GET", "/v1/billing/plans", colour="blue"),
            request("GET", "/v1/billing/subscriptions/I-1/transactions"),
        ],
        ids=lambda call: f"{call.method} {call.path} {call.body.decode()[-24:]}",
    )
    def test_name_their_mistake(self, call: Call) -> None:
        assert violation(call)

    def test_a_request_id_where_none_is_taken_is_one(self) -> None:
        path = "/v1/billing/subscriptions/I-1/cancel"
        call = request("POST", path, {"reason": "Cancelled"})
        call.headers["paypal-request-id"] = "1"
        assert violation(call) == "no request id is taken"
