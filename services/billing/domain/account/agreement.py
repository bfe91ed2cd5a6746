"""What was agreed to be paid, what is really charged, and with which card."""

from __future__ import annotations

from dataclasses import dataclass

from kernel.errors import PriceChanged
from kernel.events import DomainEvent
from services.billing.domain.account.events import PaymentMethodSaved, PriceMismatchNoticed
from services.billing.domain.account.observation import Observation
from services.billing.domain.account.state import Account
from services.billing.domain.account.subscription import AgreedPrice, Subscription, reference
from services.billing.domain.errors import PriceUnknown
from services.billing.domain.terms import Price


@dataclass(frozen=True, slots=True)
class ExpectedPrice:
    """What the customer was shown; None where that was not told."""

    price_cents: int | None = None
    currency: str | None = None

    def require(self, price: Price) -> None:
        """Raises PriceChanged with what it costs."""
        shown = (self.price_cents, self.currency)
        costs = (price.price_cents, price.currency)
        if any(one not in (None, other) for one, other in zip(shown, costs, strict=True)):
            raise PriceChanged(price_cents=price.price_cents, currency=price.currency)


ANY_PRICE = ExpectedPrice()


def agreed_price(account: Account, observation: Observation) -> AgreedPrice:
    """What the account agreed to for this price, or the catalogue knows of it. A price that
    nobody knows is taken for a change of what was agreed."""
    snapshot, current = observation.snapshot, account.subscription
    key = reference(snapshot.gateway, snapshot.price_ref)
    known = account.agreed_prices.get(key) or observation.agreed
    if known is not None:
        return known
    if current is not None and current.is_at(snapshot.gateway, snapshot.ref):
        return AgreedPrice(plan=current.plan, price=current.price, price_ref=current.price_ref)
    if snapshot.command_id in account.checkouts:
        return account.checkouts[snapshot.command_id].agreed
    raise PriceUnknown(gateway=snapshot.gateway, price=snapshot.price_ref)


def notice_payment(
    account: Account, observation: Observation, subscription: Subscription, agreed: AgreedPrice
) -> list[DomainEvent]:
    return [
        *_notice_mismatch(account, observation, subscription, agreed),
        *_notice_method(account, observation),
    ]


def _notice_mismatch(
    account: Account, observation: Observation, subscription: Subscription, agreed: AgreedPrice
) -> list[DomainEvent]:
    """Once, and another time when it becomes another one."""
    if subscription.price in (agreed.price, account.mismatches.get(observation.key)):
        return []
    return [
        PriceMismatchNoticed(
            timestamp=observation.at,
            gateway=observation.snapshot.gateway,
            subscription_ref=observation.snapshot.ref,
            agreed=agreed.price,
            charged=subscription.price,
        )
    ]


def _notice_method(account: Account, observation: Observation) -> list[DomainEvent]:
    snapshot, saved = observation.snapshot, account.method
    method = snapshot.payment_method
    if method is None or snapshot.customer is None:
        return []
    named = (snapshot.gateway, snapshot.customer, method.ref)
    expires = str(method.expires) if method.expires is not None else None
    known = saved is not None and (saved.gateway, saved.customer, saved.ref) == named
    # A bank may prolong the same card.
    if known and saved is not None and expires in (None, saved.expires):
        return []
    return [
        PaymentMethodSaved(
            timestamp=observation.at,
            gateway=snapshot.gateway,
            customer_ref=snapshot.customer,
            payment_method_ref=method.ref,
            brand=method.brand,
            last4=method.last4,
            expires=expires,
        )
    ]
