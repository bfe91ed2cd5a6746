"""An admin erases what is known of a workspace's people, who asked for it."""

from __future__ import annotations

from typing import Any

from tests.support.answers import code
from tests.support.billing_service import BillingService
from tests.support.tokens import bearer

ADMIN = bearer("super_admin", subject="sam")


def erase(billing: BillingService, named: str = "acme") -> Any:
    url = "/v1/billing/workspaces/acme/erase"
    return billing.client.post(url, json={"workspace": named}, headers=ADMIN)


class TestErasing:
    def test_is_done_once_and_says_who_did_it(self, billing: BillingService) -> None:
        told = [erase(billing).json()["erased_before"] for _ in range(2)]
        assert told == [False, True]
        (erased,) = [
            each for each in billing.published() if each.type == "billing.WorkspaceErased.v1"
        ]
        assert erased.actor == "user:sam"

    def test_wants_the_name_once_more(self, billing: BillingService) -> None:
        assert code(erase(billing, "acne")) == (422, "validation_failed")
        assert erase(billing).json()["erased_before"] is False

    def test_waits_until_nothing_is_charged_any_more(self, billing: BillingService) -> None:
        billing.subscribe()
        assert code(erase(billing)) == (409, "subscription_live")
