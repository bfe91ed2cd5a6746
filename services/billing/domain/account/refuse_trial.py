"""A trial that its payer has had already, which only the card that pays for it told."""

from __future__ import annotations

from datetime import datetime

from kernel.events import DomainEvent
from services.billing.domain.account.checkout import Trial
from services.billing.domain.account.events import ChangeRequested
from services.billing.domain.account.state import Account

HAD_ALREADY = "trial_had_already"


def trial_begun(account: Account) -> tuple[str, Trial] | None:
    """The trial that runs at a gateway, with the checkout that it came of. One that another
    subscription handed on is none."""
    live = account.live
    bought = account.checkouts.get((live and live.checkout_id) or "")
    if live is None or live.status != "trialing" or bought is None or bought.replaces:
        return None
    return (bought.id, bought.trial) if bought.trial is not None else None


def decide_refuse_trial(account: Account, at: datetime) -> list[DomainEvent]:
    """Its subscription is ended at once: nothing was charged, and nothing will be. Whoever checks
    out again pays from the beginning."""
    live = account.live
    if live is None or trial_begun(account) is None or account.change is not None:
        return []
    return [
        ChangeRequested(
            timestamp=at,
            command_id=f"trial:{live.ref}",
            kind="cancel",
            gateway=live.gateway or "",
            subscription_ref=live.ref or "",
            at_period_end=False,
            reason=HAD_ALREADY,
        )
    ]
