"""What can be done with a subscription now, and why the rest can't."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import timedelta

from kernel.errors import DomainError
from services.billing.domain.account.adjust import (
    Adjustment,
    decide_end_discount,
    decide_pause,
    decide_quantity,
    decide_trial,
    decide_unpause,
    require_discountable,
)
from services.billing.domain.account.cancel import decide_cancel
from services.billing.domain.account.resume import require_resumable
from services.billing.domain.account.state import Account
from services.billing.domain.account.swap import require_swappable

Attempt = Callable[[Account, Adjustment], object]
ANY_OTHER = ""
# The decisions themselves, with a request that is as good as any.
ATTEMPTS: Mapping[str, Attempt] = {
    "swap": lambda account, asked: require_swappable(account, ANY_OTHER, asked.capabilities),
    "cancel": lambda account, asked: decide_cancel(account, asked.command_id, asked.at),
    "resume": lambda account, asked: require_resumable(account, asked.capabilities),
    "quantity": lambda account, asked: decide_quantity(
        account, asked, account.require_live().quantity + 1
    ),
    "discount": require_discountable,
    "end_discount": decide_end_discount,
    "pause": lambda account, asked: decide_pause(account, asked, None),
    "unpause": decide_unpause,
    "trial": lambda account, asked: decide_trial(account, asked, asked.at + timedelta(days=1)),
}


def abilities(account: Account, asked: Adjustment) -> dict[str, DomainError | None]:
    """By command the refusal that it would meet."""
    return {name: _refusal(attempt, account, asked) for name, attempt in ATTEMPTS.items()}


def _refusal(attempt: Attempt, account: Account, asked: Adjustment) -> DomainError | None:
    try:
        attempt(account, asked)
    except DomainError as refusal:
        return refusal
    return None
