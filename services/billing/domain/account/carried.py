"""What another checkout takes over from the subscription that it takes the place of."""

from __future__ import annotations

from datetime import datetime, timedelta

from gateways.port import Capabilities
from gateways.port.lowered_prices import lowered
from services.billing.domain.account.charged import discounted
from services.billing.domain.account.checkout import Order, Trial
from services.billing.domain.account.given_discount import GivenDiscount
from services.billing.domain.account.state import Account
from services.billing.domain.account.subscription import AgreedPrice, Subscription


def carried(
    account: Account,
    live: Subscription,
    agreed: AgreedPrice,
    at: datetime,
    units: int | None = None,
) -> Order:
    """As a swap in place keeps it: the units, unless others are had of the plan, the days of a
    trial that are left, and the discount that lasts. One of so many months would begin anew."""
    return Order(
        quantity=units or live.quantity,
        trial=_trial(account, live, at),
        discount=_discount(account, live, agreed),
        carried=True,
    )


def carried_cents(order: Order, agreed: AgreedPrice, capabilities: Capabilities) -> int:
    """What an interval of it costs. Raises CapabilityNotSupported for a discount that its gateway
    can't take off."""
    given, units = order.discount, order.quantity
    emulated = capabilities.offer("discount_at_checkout").support == "emulated"
    if given is not None and emulated:
        return lowered(given.coupon, agreed.price.money, units).amount * units
    full = agreed.price.price_cents * units
    return discounted(full, (given.as_shown,)) if given is not None else full


def _trial(account: Account, live: Subscription, at: datetime) -> Trial | None:
    """Whole days only: a part that was rounded up would be won at every swap."""
    if live.status != "trialing" or live.trial_ends_at is None:
        return None
    days = (live.trial_ends_at - at) // timedelta(days=1)
    bought = account.checkouts.get(live.checkout_id or "")
    had = bought.trial if bought is not None else None
    return Trial(days=days, family=had.family if had else live.plan) if days > 0 else None


def _discount(account: Account, live: Subscription, agreed: AgreedPrice) -> GivenDiscount | None:
    bought = account.checkouts.get(live.checkout_id or "")
    given = bought.discount if bought is not None else None
    if given is None or not live.discounts or given.months is not None:
        return None
    return given if given.currency in (None, agreed.price.currency) else None
