"""A hosted checkout is begun; one that was open is superseded."""

from __future__ import annotations

from datetime import datetime

from gateways.port import CurrencyMismatch
from kernel.events import DomainEvent
from services.billing.domain.account.checkout import Order, Trial
from services.billing.domain.account.events import CheckoutClosed, CheckoutStarted
from services.billing.domain.account.given_discount import require_unused
from services.billing.domain.account.local_trial import begins
from services.billing.domain.account.state import Account
from services.billing.domain.account.subscription import AgreedPrice, Subscription
from services.billing.domain.errors import AlreadySubscribed, TooManyCheckouts

# Each of them is asked about until its gateway has closed it.
MOST_PAYABLE = 25
ONE = Order()


def decide_start_checkout(
    account: Account,
    checkout_id: str,
    gateway: str,
    agreed: AgreedPrice,
    urls: tuple[str, str],
    at: datetime,
    *,
    resumable: bool,
    order: Order = ONE,
) -> list[DomainEvent]:
    """`urls` for success and for going back. `resumable`: the gateway of the present subscription
    takes a cancellation back, so that nobody needs to buy the same plan again. Who had a trial of
    the family pays at once. A trial that nobody pays for takes no discount."""
    live = account.live
    if not order.carried:
        require_unused(account, order.discount)
    _require_not_subscribed(live, agreed.plan, resumable=resumable)
    _require_room(account)
    trial = order.trial if order.carried else _first(account, order.trial)
    paid_for = trial is None or trial.needs_card or live is not None
    started = CheckoutStarted(
        timestamp=at,
        checkout_id=checkout_id,
        gateway=gateway,
        deal=agreed,
        replaces=live.ref if live is not None else None,
        success_url=urls[0],
        cancel_url=urls[1],
        quantity=order.quantity,
        trial=trial,
        discount=order.discount if paid_for else None,
    )
    return [*supersede_checkouts(account, at), started, *begins(account, started)]


def require_one_currency(account: Account, started: CheckoutStarted) -> None:
    """Where one customer pays for all: in one currency while anything runs. Raises
    CurrencyMismatch."""
    live, wanted = account.live, started.deal.price.currency
    if live is not None and live.gateway == started.gateway and live.price.currency != wanted:
        raise CurrencyMismatch(currency=live.price.currency, wanted=wanted)


def _first(account: Account, trial: Trial | None) -> Trial | None:
    return None if trial is None or trial.family in account.trials else trial


def _require_not_subscribed(live: Subscription | None, plan: str, *, resumable: bool) -> None:
    if live is None or live.plan != plan or not live.has_access:
        return
    if live.status != "grace" or resumable:
        raise AlreadySubscribed(plan=plan, gateway=live.gateway)


def _require_room(account: Account) -> None:
    payable = sum(each.may_be_paid for each in account.checkouts.values())
    if payable >= MOST_PAYABLE:
        raise TooManyCheckouts(open=payable)


def supersede_checkouts(account: Account, at: datetime) -> list[DomainEvent]:
    return [
        CheckoutClosed(timestamp=at, checkout_id=each.id, gateway=each.gateway, reason="superseded")
        for each in account.checkouts.values()
        if each.state == "open"
    ]
