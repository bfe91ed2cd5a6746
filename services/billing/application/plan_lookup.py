"""Which plans there are, and whose price a gateway's reference is: kept with the events."""

from __future__ import annotations

from runtime.postgres.database import Cursor, Database
from services.billing.domain.errors import PriceOfAnother
from services.billing.domain.plan.state import Plan


class PlanLookup:
    def __init__(self, database: Database) -> None:
        self._database = database

    def record(self, cursor: Cursor, *plans: Plan) -> None:
        """In the transaction of the plans' events. A former default comes before its successor."""
        for plan in sorted(plans, key=lambda plan: plan.is_default):
            cursor.execute(
                "INSERT INTO plans (slug, is_default) VALUES (%s, %s) "
                "ON CONFLICT (slug) DO UPDATE SET is_default = EXCLUDED.is_default",
                (plan.slug, plan.is_default),
            )

    def record_price(self, cursor: Cursor, gateway: str, price_ref: str, slug: str) -> None:
        cursor.execute(
            "INSERT INTO plan_prices (gateway, price_ref, slug) VALUES (%s, %s, %s) "
            "ON CONFLICT DO NOTHING",
            (gateway, price_ref, slug),
        )

    def claim_price(self, gateway: str, price_ref: str, slug: str, cursor: Cursor) -> None:
        """The same for one that may be another plan's. Raises PriceOfAnother."""
        self.record_price(cursor, gateway, price_ref, slug)
        named = "SELECT slug FROM plan_prices WHERE gateway = %s AND price_ref = %s"
        row = cursor.execute(named.encode(), (gateway, price_ref)).fetchone()
        if row is not None and row["slug"] != slug:
            raise PriceOfAnother(price=price_ref, plan=row["slug"])

    def slugs(self) -> list[str]:
        return [
            str(row["slug"]) for row in self._database.rows("SELECT slug FROM plans ORDER BY 1")
        ]

    def default(self) -> str | None:
        rows = self._database.rows("SELECT slug FROM plans WHERE is_default")
        return str(rows[0]["slug"]) if rows else None

    def of_price(self, gateway: str, price_ref: str) -> str | None:
        """The plan that has or once had this price."""
        rows = self._database.rows(
            "SELECT slug FROM plan_prices WHERE gateway = %s AND price_ref = %s",
            (gateway, price_ref),
        )
        return str(rows[0]["slug"]) if rows else None

    def longest_unattempted(self) -> list[str]:
        """All slugs; the one whose sync was tried longest ago is first."""
        rows = self._database.rows(
            "SELECT slug FROM plans ORDER BY sync_attempted_at NULLS FIRST, slug"
        )
        return [str(row["slug"]) for row in rows]

    def mark_attempted(self, slug: str) -> None:
        self._database.execute(
            "UPDATE plans SET sync_attempted_at = clock_timestamp() WHERE slug = %s", (slug,)
        )
