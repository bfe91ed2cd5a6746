"""What began with a trial is paid for."""

from __future__ import annotations

from collections.abc import Sequence

from kernel.events import DomainEvent
from services.billing.domain.account.events import TrialConverted
from services.billing.domain.account.state import Account
from services.billing.domain.invoice.state import Invoice


def decide_convert_trial(account: Account, invoices: Sequence[Invoice]) -> list[DomainEvent]:
    """By the first of the subscription's `invoices` that brought money since the trial began."""
    live, since = account.live, account.unpaid_trial
    if live is None or since is None or live.status == "trialing":
        return []
    dates = [each.paid_at for each in invoices if each.paid > 0 and each.paid_at is not None]
    first = min((at for at in dates if at >= since), default=None)
    return [TrialConverted(timestamp=first, subscription=live)] if first is not None else []
