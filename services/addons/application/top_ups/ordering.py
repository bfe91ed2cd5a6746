"""Orders what a rule asks for when metering says that credits run low.

What was said waits in a table, written with the position of the consumer that heard it. It is
answered in two steps, each of which may be made twice: the intent is recorded with the id of its
purchase, then that purchase is made as any other.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any

from kernel.cause import Cause
from kernel.clock import Clock
from kernel.errors import PriceChanged
from runtime.postgres.database import Cursor, Database
from runtime.process.failed_items import FailedItems, not_put_off
from services.addons.application.buy_addon import Order, Purchasing
from services.addons.application.catalogue import Catalogue
from services.addons.application.purchase_repository import PurchaseRepository
from services.addons.application.top_ups.rules import TopUpRules
from services.addons.domain.addon.entry import Entry
from services.addons.domain.errors import AddonNotFound, PurchaseNotFound
from services.addons.domain.purchase.purchase import Purchase, Status
from services.addons.domain.top_up.decide import Low, Offer, decide_order, decide_stop
from services.addons.domain.top_up.events import Rule, StopReason
from services.addons.domain.top_up.state import Ordered, TopUp

WORK = "addons.top_ups"
AT_ONCE = 20
_NOTE = """
INSERT INTO top_ups_due (low_id, workspace, meter, rule_id, said_at)
VALUES (%s, %s, %s, %s, %s) ON CONFLICT DO NOTHING
"""
_DUE = f"""
SELECT low_id, workspace, meter, rule_id, said_at FROM top_ups_due AS due
 WHERE NOT done
   AND {not_put_off("due.low_id")}
 ORDER BY said_at LIMIT %s
"""
_DONE = "UPDATE top_ups_due SET done = true WHERE low_id = %s"


@dataclass(frozen=True, slots=True)
class LowCredits:
    """As metering said it."""

    low: Low
    workspace: str
    meter: str

    def write(self, cursor: Cursor) -> None:
        low = self.low
        cursor.execute(_NOTE, (low.id, self.workspace, self.meter, low.rule_id, low.said_at))


@dataclass(frozen=True, slots=True)
class TopUpOrders:
    database: Database
    rules: TopUpRules
    purchasing: Purchasing
    purchases: PurchaseRepository
    catalogue: Catalogue
    failed: FailedItems
    clock: Clock

    def order_due(self) -> int:
        """One round; how many were due. One that fails holds up no other."""
        due = self.database.rows(_DUE, (WORK, AT_ONCE))
        for row in due:
            low = Low(row["low_id"], row["rule_id"], row["said_at"])
            said = LowCredits(low, row["workspace"], row["meter"])
            self.failed.attempt(WORK, low.id, partial(self._answer, said))
        return len(due)

    def _answer(self, said: LowCredits) -> None:
        cause = Cause("policy:top_up", causation_id=said.low.id)
        top_up = self._order(said, cause)
        ordered = top_up.ordered_for(said.low.id)
        if ordered is not None:
            self._buy(top_up, ordered, cause)
        self.database.execute(_DONE, (said.low.id,))

    def _order(self, said: LowCredits, cause: Cause) -> TopUp:
        def decision(state: TopUp | None, now: datetime) -> Any:
            if state is None or state.rule is None:
                return []
            order = _order_of(state, state.rule, said.low.id)
            return decide_order(state, said.low, self._offer(state), order.purchase_id(), now)

        return self.rules.decide(said.workspace, said.meter, decision, cause)

    def _offer(self, state: TopUp) -> Offer:
        return Offer(
            self._entry(state.rule.addon) if state.rule else None,
            self.rules.charges(state.workspace),
            self._status(state.last.purchase_id) if state.last else None,
        )

    def _buy(self, top_up: TopUp, ordered: Ordered, cause: Cause) -> None:
        """What was ordered before the rule was taken back, and not begun, is not begun any more;
        what was begun is settled like every purchase."""
        rule = top_up.rule
        if rule is None or rule.rule_id != ordered.rule_id or not top_up.active:
            return
        try:
            bought = self.purchasing.buy_addon(_order_of(top_up, rule, ordered.low_id), cause)
        except (PriceChanged, AddonNotFound):
            self._stop(top_up, ordered, "offer_changed", cause)
            return
        if bought.status == "failed":
            self._stop(top_up, ordered, "card_declined", cause)

    def _stop(self, top_up: TopUp, ordered: Ordered, reason: StopReason, cause: Cause) -> None:
        self.rules.decide(
            top_up.workspace,
            top_up.meter,
            lambda state, now: decide_stop(
                state, ordered.rule_id, reason, ordered.purchase_id, now
            ),
            cause,
        )

    def _entry(self, slug: str) -> Entry | None:
        try:
            return self.catalogue.find_for_sale(slug)
        except AddonNotFound:
            return None

    def _status(self, purchase_id: str) -> Status | None:
        """None: it was never begun."""
        try:
            found: Purchase = self.purchases.get(purchase_id)
        except PurchaseNotFound:
            return None
        return found.status


def _order_of(state: TopUp, rule: Rule, low_id: str) -> Order:
    """The same purchase for the same word of metering, whatever the rule is by then."""
    return Order(
        workspace=state.workspace,
        addon=rule.addon,
        buyer=rule.buyer,
        key=f"top_up:{low_id}",
        expected_price_cents=rule.price_cents,
        expected_currency=rule.currency,
    )
