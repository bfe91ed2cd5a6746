"""The stream of each purchase, and which of them the gateway is still to be asked about."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from runtime.postgres.database import Cursor, Database
from services.addons.domain.purchase.purchase import Purchase
from services.addons.domain.purchase.state import stream_of

WRITE = """
INSERT INTO purchases
    (purchase_id, stream, workspace, gateway, charge_ref, checkout_ref, look_at)
VALUES (%s, %s, %s, %s, %s, %s, %s)
ON CONFLICT (purchase_id) DO UPDATE SET
    charge_ref = excluded.charge_ref,
    checkout_ref = excluded.checkout_ref,
    look_at = excluded.look_at
"""
# The claim moves `look_at`, so that a crash while looking only delays the next look. A webhook that
# arrives meanwhile sets `hinted` again and is not lost.
CLAIM = """
UPDATE purchases SET hinted = false, look_at = %(again_at)s WHERE purchase_id IN (
    SELECT purchase_id FROM purchases WHERE hinted OR look_at <= %(now)s
    ORDER BY hinted DESC, look_at LIMIT %(limit)s FOR UPDATE SKIP LOCKED
) RETURNING purchase_id
"""
HINT = """
UPDATE purchases SET hinted = true WHERE gateway = %(gateway)s
AND (charge_ref = nullif(%(charge)s, '') OR payment_ref = nullif(%(charge)s, '')
     OR checkout_ref = nullif(%(checkout)s, ''))
"""
# A charge that was made on a hosted checkout has a reference that is not known yet.
HINT_HOSTED_CHECKOUTS = """
UPDATE purchases SET hinted = true WHERE gateway = %(gateway)s AND look_at IS NOT NULL
AND charge_ref IS NULL AND checkout_ref IS NOT NULL AND %(workspace)s IN ('', workspace)
"""


class PurchaseIndex:
    def __init__(self, database: Database) -> None:
        self._database = database

    def stream_of(self, purchase_id: str) -> str | None:
        rows = self._database.rows(
            "SELECT stream FROM purchases WHERE purchase_id = %s", (purchase_id,)
        )
        return str(rows[0]["stream"]) if rows else None

    def write(self, cursor: Cursor, purchase: Purchase, now: datetime) -> None:
        cursor.execute(
            WRITE,
            (
                purchase.purchase_id,
                stream_of(purchase.workspace_id, purchase.addon),
                purchase.workspace_id,
                purchase.gateway,
                purchase.charge_ref,
                purchase.checkout_ref,
                purchase.look_again_at(now, changed=True),
            ),
        )

    def name_payment(self, purchase_id: str, payment_ref: str) -> None:
        """What webhooks may name in place of the purchase's charge."""
        self._database.execute(
            "UPDATE purchases SET payment_ref = %s "
            "WHERE purchase_id = %s AND payment_ref IS DISTINCT FROM %s",
            (payment_ref, purchase_id, payment_ref),
        )

    def hint(
        self, cursor: Cursor, gateway: str, charge: str, checkout: str, workspace: str
    ) -> None:
        """The gateway has news of what these references name, if that is ours."""
        names = {
            "gateway": gateway,
            "charge": charge,
            "checkout": checkout,
            "workspace": workspace,
        }
        if charge or checkout:
            cursor.execute(HINT, names)
            if cursor.rowcount == 0:
                cursor.execute(HINT_HOSTED_CHECKOUTS, names)

    def claim_due(self, now: datetime, again_at: datetime, limit: int) -> Sequence[str]:
        """Ids that are ours to look at now; others get them again at `again_at` at the soonest."""
        rows = self._database.rows(CLAIM, {"now": now, "again_at": again_at, "limit": limit})
        return [str(row["purchase_id"]) for row in rows]

    def postpone(self, purchase_id: str, claimed: datetime, until: datetime | None) -> None:
        """Ends a claim: look again at `until`, or never. What was recorded since the claim knows
        better and holds."""
        self._database.execute(
            "UPDATE purchases SET look_at = %s WHERE purchase_id = %s AND look_at = %s",
            (until, purchase_id, claimed),
        )
