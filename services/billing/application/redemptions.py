"""What an account holds of discounts is counted with the discounts, in one transaction with it."""

from __future__ import annotations

from datetime import datetime

from runtime.eventstore.store import EventStore
from runtime.eventstore.stream import Change
from services.billing.domain.account.given_discount import held
from services.billing.domain.account.state import Account
from services.billing.domain.discount.decide import decide_redeem, decide_release
from services.billing.domain.discount.state import DISCOUNT, discount_stream


def redemptions(
    store: EventStore, before: Account | None, after: Account, at: datetime
) -> list[Change]:
    """Raises DiscountExhausted or DiscountNotApplicable."""
    had, has = held(before), held(after)
    changes = []
    for code in sorted({code for code, _ in had ^ has}):
        stream = store.load(DISCOUNT, discount_stream(code))
        if stream.state is None:
            continue
        decided = []
        for name, order in sorted(had ^ has):
            if name == code:
                decide = decide_redeem if (name, order) in has else decide_release
                decided += decide(stream.state, after.workspace, order, at)
        changes.append(Change(stream, decided))
    return [change for change in changes if change.events]
