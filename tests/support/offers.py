"""Plans and discounts as tests sell them."""

from __future__ import annotations

from typing import Any

from tests.support.billing_service import BACK, ROOT, SUCCESS, BillingService
from tests.support.tokens import bearer

URL = "/v1/billing/discounts"


def sell(billing: BillingService, plan: str = "pro", **terms: object) -> None:
    """The plan on these terms."""
    answer = billing.client.patch(f"/v1/billing/plans/{plan}", json=terms, headers=ROOT)
    assert answer.status_code == 200, answer.text


def offered(billing: BillingService, name: str = "HALF", **terms: Any) -> Any:
    body = {"code": name, "percent": 50, "duration": "forever", **terms}
    answer = billing.client.post(URL, json=body, headers=ROOT)
    assert answer.status_code == 201, answer.text
    return answer.json()


def shown(billing: BillingService, name: str = "HALF") -> Any:
    return billing.client.get(f"{URL}/{name}", headers=ROOT).json()


def begin(
    billing: BillingService,
    discount: str | None = None,
    workspace: str = "acme",
    headers: dict[str, str] | None = None,
    **options: Any,
) -> Any:
    body = {
        "plan": "pro",
        "gateway": billing.gateway.name,
        "success_url": SUCCESS,
        "cancel_url": BACK,
        **({"discount": discount} if discount is not None else {}),
        **options,
    }
    url = f"/v1/billing/workspaces/{workspace}/checkout"
    return billing.client.post(url, json=body, headers=headers or bearer(**{workspace: "owner"}))
