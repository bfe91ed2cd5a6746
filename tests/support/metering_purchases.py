"""What metering hears of purchases."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from contracts import addons
from contracts.envelope import Envelope
from runtime.postgres.database import Database
from services.metering.policies import apply_policies
from tests.support.metering_caller import Caller
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
