"""Credits that were bought, as metering hears of the purchase."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import pytest

from contracts import addons
from contracts.envelope import Envelope
from runtime.postgres.database import Database
from services.metering.policies import apply_policies
from tests.support.metering_caller import Caller, caller
from tests.support.metering_plans import Billing
from tests.support.meters import declare, slugs
from tests.support.waiting import wait_until

PAID_AT = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)


@dataclass
class Shop:
    """Publishes to metering what add-ons would."""

    database_url: str
    host: Caller
    sequence: int = 0

    def tells(self, kind: type[addons.PurchaseEvent], **purchase: Any) -> None:
        facts: dict[str, Any] = {
            "purchase_id": f"pur_{self.host.ws}",
            "workspace_id": self.host.ws,
            "status": "paid",
            "refunded_cents": 0,
            "dispute": None,
            "grants": (addons.CreditGrant(meter="tokens", amount=1000, expires_in_days=30),),
            **purchase,
        }
        bought = addons.Purchase.model_construct(**facts)
        body = kind.model_construct(workspace_id=self.host.ws, purchase=bought)
        Shop.sequence = self.sequence = Shop.sequence + 1
        event = Envelope.model_construct(
            service="addons",
            sequence=self.sequence,
            type=kind.TYPE,
            key=self.host.ws,
            subject=self.host.ws,
            time=PAID_AT,
            recorded_at=PAID_AT,
            data=body,
        )
        with (
            Database(self.database_url, "metering") as database,
            database.transaction(commit=True) as cursor,
        ):
            apply_policies(cursor, [event])

    def grants(self) -> list[tuple[str, str, int]]:
        """Id, how it stands, and what is free; the oldest first."""
        [balance] = [each for each in self.host.credits()["balances"] if each["meter"] == "tokens"]
        shown = [(each["id"], each["status"], each["free"]) for each in balance["grants"]]
        return shown[::-1]

    def await_grants(self, *expected: tuple[str, str, int]) -> None:
        wait_until(lambda: self.grants() == list(expected), f"grants {expected}")


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
