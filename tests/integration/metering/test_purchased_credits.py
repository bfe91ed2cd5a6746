"""Credits that were bought, as metering hears of the purchase."""

from __future__ import annotations

from typing import Any

import pytest

from contracts import addons
from tests.support.metering_caller import Caller, caller
from tests.support.metering_plans import Billing
from tests.support.metering_purchases import Shop
from tests.support.meters import declare, slugs
from tests.support.waiting import wait_until


@pytest.fixture
def shop(shared_url: str, origin: str, host: Caller, billing: Billing) -> Shop:
    declare(origin)
    with caller(origin) as other:
        wait_until(lambda: "tokens" in slugs(other), "the meter is known")
    billing.limit(host, quotas={"tokens": {"limit": 0, "mode": "hard"}})
    return Shop(shared_url, host)


DISPUTE: dict[str, Any] = {"ref": "dp_1", "amount_cents": 900, "reason": "fraudulent"}


class TestPurchasedCredits:
    def test_are_granted_once_under_the_id_of_the_purchase(self, shop: Shop) -> None:
        shop.tells(addons.AddonPaid)
        shop.tells(addons.AddonPaid)
        shop.await_grants((f"pur_{shop.host.ws}", "open", 1000))
        [balance] = shop.host.credits()["balances"]
        assert balance["grants"][0]["expires_at"] == "2026-12-22T09:00:00Z"
        assert balance["grants"][0]["source"] == "purchase"

    def test_a_refund_takes_back_what_is_unspent(self, shop: Shop) -> None:
        shop.tells(addons.AddonPaid)
        shop.await_grants((f"pur_{shop.host.ws}", "open", 1000))
        shop.host.use("turn-1", 300)
        shop.tells(addons.AddonRefunded, status="refunded", refunded_cents=900)
        shop.await_grants((f"pur_{shop.host.ws}", "revoked", 0))
        assert shop.host.use("turn-2", 1).status_code == 429
        assert shop.host.entitlements()["meters"]["tokens"]["overdrawn"] == 0

    def test_a_refund_that_fails_after_all_gives_it_again(self, shop: Shop) -> None:
        shop.tells(addons.AddonPaid)
        shop.await_grants((f"pur_{shop.host.ws}", "open", 1000))
        shop.host.use("turn-1", 300)
        shop.tells(addons.AddonRefunded, status="refunded", refunded_cents=900)
        shop.tells(addons.AddonRefundFailed)
        first = f"pur_{shop.host.ws}"
        shop.await_grants((first, "revoked", 0), (f"{first}:{shop.sequence}", "open", 700))

    def test_a_lost_dispute_takes_it_back_and_one_that_was_won_gives_it_again(
        self, shop: Shop
    ) -> None:
        shop.tells(addons.AddonPaid)
        lost = addons.Dispute(**DISPUTE, status="lost")
        won = addons.Dispute(**DISPUTE, status="won")
        shop.tells(addons.AddonDisputeClosed, dispute=lost)
        shop.tells(addons.AddonDisputeClosed, dispute=won)
        first = f"pur_{shop.host.ws}"
        shop.await_grants((first, "revoked", 0), (f"{first}:{shop.sequence}", "open", 1000))

    def test_what_somebody_took_back_is_not_given_again(self, shop: Shop) -> None:
        shop.tells(addons.AddonPaid)
        first = f"pur_{shop.host.ws}"
        shop.await_grants((first, "open", 1000))
        shop.host.http.post(shop.host.path(f"grants/{first}/revoke"))
        shop.tells(addons.AddonRefundFailed)
        shop.tells(addons.AddonPaid, purchase_id=f"{first}b")
        shop.await_grants((first, "revoked", 0), (f"{first}b", "open", 1000))
