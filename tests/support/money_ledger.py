"""Random subscriptions and invoices of several workspaces, and a ledger of them that knows nothing
of read models: what was done is written down as it is done."""

from __future__ import annotations

import random
from collections import Counter
from datetime import UTC, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from contracts import billing
from contracts.envelope import EventData
from tests.support.audit_history import subscription
from tests.support.invoice_history import InvoiceLife

BEGINNING = datetime(2026, 1, 1, tzinfo=UTC)
STATUSES = ("active", "active", "active", "grace", "past_due", "trialing", "suspended", "cancelled")
Key = tuple[str, str]


class Ledger:
    """`net`, `paid`, … by month and currency; `worth` of each workspace as it is now, and of all
    at the end of each month."""

    def __init__(self, seed: int) -> None:
        self.chance = random.Random(seed)
        self.now = BEGINNING
        self.net: Counter[Key] = Counter()
        self.worth: dict[str, tuple[str, int]] = {}
        self.at_the_end_of: dict[str, Counter[str]] = {}
        self._lives: list[InvoiceLife] = []

    def step(self) -> tuple[datetime, EventData]:
        """Something that happens some hours later, and when."""
        self.now += timedelta(hours=self.chance.randint(1, 40))
        happened = self.chance.choice([self._subscription, self._invoice])()
        totals: Counter[str] = Counter()
        for currency, cents in self.worth.values():
            totals[currency] += cents
        self.at_the_end_of[self.month] = totals
        return self.now, happened

    @property
    def month(self) -> str:
        return f"{self.now:%Y-%m}"

    # --- subscriptions

    def _subscription(self) -> EventData:
        workspace = self.chance.choice("abcde")
        facts: dict[str, Any] = {
            "price_cents": self.chance.choice([0, 999, 4900, 49000]),
            "currency": self.chance.choice(["USD", "USD", "EUR"]),
            "interval": self.chance.choice(["month", "year"]),
            "interval_count": self.chance.choice([1, 1, 3]),
            "status": self.chance.choice(STATUSES),
            "gateway": self.chance.choice(["stripe", "sandbox", None]),
        }
        self.worth[workspace] = (facts["currency"], self._worth(facts))
        body = subscription(workspace, **facts)
        return billing.SubscriptionAmended(workspace_id=workspace, subscription=body)

    def _worth(self, facts: dict[str, Any]) -> int:
        if facts["gateway"] is None or facts["status"] in ("trialing", "suspended", "cancelled"):
            return 0
        months = facts["interval_count"] * {"month": 1, "year": 12}[facts["interval"]]
        share = Decimal(facts["price_cents"]) / months
        return int(share.quantize(Decimal(1), ROUND_HALF_UP))

    # --- invoices

    def _invoice(self) -> EventData:
        life = self.chance.choice(self._lives) if self._lives else None
        if life is None or self.chance.random() < 0.3:
            return self._issued()
        invoice = life.invoice
        kept = invoice.paid_cents - invoice.refunded_cents - invoice.disputed_cents
        if invoice.status == "open":
            return self.chance.choice([self._paid, self._partly_paid, self._failed])(life)
        if kept > 0:
            return self.chance.choice([self._refunded, self._disputed])(life, kept)
        return self._undone(life) if invoice.paid_cents else life.amended(due_at=self.now)

    def _issued(self) -> EventData:
        ref, workspace = f"in_{len(self._lives)}", self.chance.choice("abcde")
        currency, cents = self.chance.choice(["USD", "EUR"]), self.chance.choice([0, 1, 4900])
        facts: dict[str, Any] = {"currency": currency, "total_cents": cents}
        self._lives.append(InvoiceLife(ref, workspace, issued_at=self.now, **facts))
        return self._lives[-1].issued()

    def _book(self, life: InvoiceLife, cents: int) -> None:
        self.net[self.month, life.invoice.currency] += cents

    def _paid(self, life: InvoiceLife) -> EventData:
        self._book(life, life.invoice.total_cents - life.invoice.paid_cents)
        return life.paid(self.now)

    def _partly_paid(self, life: InvoiceLife) -> EventData:
        more = self.chance.randint(0, life.invoice.total_cents - life.invoice.paid_cents)
        self._book(life, more)
        return life.amended(paid_cents=life.invoice.paid_cents + more)

    def _failed(self, life: InvoiceLife) -> EventData:
        return life.failed()

    def _refunded(self, life: InvoiceLife, kept: int) -> EventData:
        cents = self.chance.randint(1, kept)
        self._book(life, -cents)
        return life.refunded(cents)

    def _disputed(self, life: InvoiceLife, kept: int) -> EventData:
        self._book(life, -kept)
        return life.disputed(kept)

    def _undone(self, life: InvoiceLife) -> EventData:
        refunded, disputed = life.invoice.refunded_cents, life.invoice.disputed_cents
        if disputed:
            outcome = self.chance.choice(["won", "lost"])
            self._book(life, disputed if outcome == "won" else 0)
            return life.dispute_closed(disputed, outcome)
        self._book(life, refunded)
        return life.refund_failed(refunded)
