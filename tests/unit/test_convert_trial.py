"""A trial is told as paid for by the first money that came since it began."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from services.billing.domain.account import events
from services.billing.domain.account.convert_trial import decide_convert_trial
from services.billing.domain.account.evolution import ACCOUNT
from services.billing.domain.account.observe import decide_observe
from services.billing.domain.account.state import Account
from services.billing.domain.invoice.state import Invoice
from tests.support.accounts import MONTH_END, NOW, PRO, checked_out, observation

PAID = Invoice(
    workspace="acme",
    gateway="stripe",
    ref="in_1",
    number="1",
    currency="USD",
    total=4900,
    subtotal=4900,
    issued_at=MONTH_END,
    paid=4900,
    paid_at=MONTH_END + timedelta(hours=1),
)


def seen(*statuses: str, account: Account | None = None) -> Account:
    """An account after its subscription was seen so, a minute apart."""
    state = account or checked_out("chk_1", PRO).state
    for minute, status in enumerate(statuses, 1):
        trial = {"trial_end": MONTH_END} if status == "trialing" else {}
        each = observation("sub_1", status, minute, **trial)  # type: ignore[arg-type]
        state = ACCOUNT.fold(state, decide_observe(state, each))
    return state


class TestConvertTrial:
    def test_the_first_payment_does_once(self) -> None:
        account = seen("trialing", "active")
        later = replace(PAID, ref="in_2", paid_at=MONTH_END + timedelta(days=31))
        [converted] = decide_convert_trial(account, [later, PAID])
        assert isinstance(converted, events.TrialConverted)
        assert converted.timestamp == PAID.paid_at
        assert decide_convert_trial(ACCOUNT.fold(account, [converted]), [PAID]) == []

    def test_not_before_it_is_over_nor_without_money(self) -> None:
        free = replace(PAID, total=0, paid=0)
        earlier = replace(PAID, paid_at=NOW - timedelta(days=3))
        assert decide_convert_trial(seen("trialing"), [PAID]) == []
        assert decide_convert_trial(seen("trialing", "active"), [free, earlier]) == []

    def test_what_began_without_a_trial_has_none(self) -> None:
        assert decide_convert_trial(seen("active"), [PAID]) == []

    def test_a_decline_right_after_it_says_so(self) -> None:
        account = seen("trialing", "active")
        each = observation("sub_1", "past_due", 3)
        [failed] = [
            event
            for event in decide_observe(account, each)
            if isinstance(event, events.PaymentFailed)
        ]
        assert failed.after_trial
        paid = ACCOUNT.fold(account, decide_convert_trial(account, [PAID]))
        told = [getattr(event, "after_trial", None) for event in decide_observe(paid, each)]
        assert False in told
        assert True not in told
