"""What its events make of an account."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import singledispatch

from kernel.decider import Decider
from kernel.events import DomainEvent
from services.billing.domain.account import events
from services.billing.domain.account.checkout import Checkout, Checkouts, with_checkout
from services.billing.domain.account.records import (
    Orphan,
    Payer,
    SavedMethod,
    with_confirmed,
    with_payer,
)
from services.billing.domain.account.subscription import (
    AgreedPrice,
    Subscription,
    reference,
    with_price,
)
from services.billing.domain.account.timing import PlanChange
from services.billing.domain.errors import NotSubscribed
from services.billing.domain.terms import Price


def account_stream(workspace: str) -> str:
    return f"account:{workspace}"


@dataclass(frozen=True, kw_only=True)
class Account:
    """`agreed_prices` by `reference(gateway, price_ref)`: every plan that was ever bought or
    swapped to. `orphans`, `seen` (latest applied snapshot), `mismatches` and `payers` (of every
    subscription there ever was) by `reference(gateway, ref)`, `refunds` by command what is the
    latest of each refund. `ends`: the cancellation was confirmed and not taken back.
    `rank` is the subscription's checkout's, `ranks` the highest so far; `forgotten`: references."""

    workspace: str
    checkouts: Checkouts = field(default_factory=dict)
    ranks: int = 0
    subscription: Subscription | None = None
    rank: int = 0
    ends: bool = False
    agreed_prices: Mapping[str, AgreedPrice] = field(default_factory=dict)
    orphans: Mapping[str, Orphan] = field(default_factory=dict)
    seen: Mapping[str, datetime] = field(default_factory=dict)
    payers: Mapping[str, Payer] = field(default_factory=dict)
    change: events.ChangeRequested | None = None
    refunds: Mapping[str, events.RefundEvent] = field(default_factory=dict)
    mismatches: Mapping[str, Price] = field(default_factory=dict)
    method: SavedMethod | None = None
    forgotten: frozenset[str] = frozenset()
    plan_change: PlanChange = "prorate"
    billing_email: str | None = None

    @property
    def open_checkout(self) -> Checkout | None:
        """The page that the customer is meant to pay."""
        return next((each for each in self.checkouts.values() if each.state == "open"), None)

    @property
    def last_checkout(self) -> Checkout | None:
        return max(self.checkouts.values(), key=lambda each: each.rank, default=None)

    @property
    def live(self) -> Subscription | None:
        """The subscription that a gateway may still charge, or whose paid time is not over."""
        current = self.subscription
        if current is None or current.has_ended or current.gateway is None:
            return None
        return current

    @property
    def refunds_due(self) -> list[events.RefundDue]:
        """What a gateway is to be asked to give back."""
        return [each for each in self.refunds.values() if isinstance(each, events.RefundDue)]

    def require_live(self) -> Subscription:
        """Raises NotSubscribed."""
        if self.live is None:
            raise NotSubscribed(workspace=self.workspace)
        return self.live

    def rank_of(self, checkout_id: str | None) -> int:
        """0 for a checkout that is not ours."""
        checkout = self.checkouts.get(checkout_id or "")
        return checkout.rank if checkout is not None else 0


def evolve(account: Account | None, event: DomainEvent) -> Account:
    if account is None:
        if not isinstance(event, events.AccountOpened):
            raise TypeError(f"an account does not begin with {type(event).__name__}")
        return Account(workspace=event.workspace_id)
    return _evolved(event, account)


ACCOUNT = Decider("billing.Account", evolve)


@singledispatch
def _evolved(event: DomainEvent, _: Account) -> Account:
    raise NotImplementedError(f"an account does not know {type(event).__name__}")


@_evolved.register
def _(event: events.CheckoutStarted, account: Account) -> Account:
    rank = account.ranks + 1
    checkout = Checkout(
        id=event.checkout_id,
        rank=rank,
        gateway=event.gateway,
        agreed=event.deal,
        replaces=event.replaces,
        success_url=event.success_url,
        cancel_url=event.cancel_url,
        started_at=event.timestamp,
    )
    return replace(
        account,
        ranks=rank,
        agreed_prices=with_price(account.agreed_prices, event.gateway, event.deal),
        checkouts={**account.checkouts, event.checkout_id: checkout},
    )


@_evolved.register
def _(event: events.CheckoutOpened, account: Account) -> Account:
    page = {"ref": event.ref, "url": event.url, "expires_at": event.expires_at}
    return replace(account, checkouts=with_checkout(account.checkouts, event.checkout_id, **page))


@_evolved.register
def _(event: events.CheckoutClosed | events.CheckoutAbandoned, account: Account) -> Account:
    state = "superseded" if getattr(event, "reason", "") == "superseded" else "closed"
    checkouts = with_checkout(account.checkouts, event.checkout_id, state=state)
    return replace(account, checkouts=checkouts)


@_evolved.register
def _(event: events.SubscriptionEvent, account: Account) -> Account:
    subscription, resumed = event.subscription, isinstance(event, events.SubscriptionResumed)
    over = subscription.has_ended or subscription.closed or resumed
    ends = not over and (account.ends or isinstance(event, events.CancellationScheduled))
    return replace(_noted(account, event), subscription=subscription, ends=ends)


@_evolved.register
def _(event: events.PlanSubscribed, account: Account) -> Account:
    subscription = event.subscription
    return replace(
        _noted(account, event),
        subscription=subscription,
        rank=account.rank_of(subscription.checkout_id),
        ends=False,
        change=None,
        checkouts=with_checkout(account.checkouts, subscription.checkout_id, state="completed"),
    )


@_evolved.register
def _(event: events.PlanAssigned, account: Account) -> Account:
    rank = account.ranks + 1
    return replace(
        account, ranks=rank, rank=rank, subscription=event.subscription, ends=False, change=None
    )


@_evolved.register
def _(event: events.PriceMismatchNoticed, account: Account) -> Account:
    key = reference(event.gateway, event.subscription_ref)
    return replace(account, mismatches={**account.mismatches, key: event.charged})


@_evolved.register
def _(event: events.ChangeRequested, account: Account) -> Account:
    prices = with_price(account.agreed_prices, event.gateway, event.deal)
    return replace(account, change=event, agreed_prices=prices)


@_evolved.register
def _(event: events.ChangeConfirmed | events.ChangeRefused, account: Account) -> Account:
    settled = account.change is not None and account.change.command_id == event.command_id
    return replace(account, change=None) if settled else account


@_evolved.register
def _(event: events.SubscriptionSuperseded, account: Account) -> Account:
    subscription = event.subscription
    orphan = Orphan(subscription=subscription, reason=event.reason, since=event.timestamp)
    return replace(
        _noted(account, event),
        orphans={**account.orphans, subscription.key: orphan},
        checkouts=with_checkout(account.checkouts, subscription.checkout_id, state="completed"),
    )


@_evolved.register
def _(event: events.OrphanSubscriptionCancelled, account: Account) -> Account:
    key = reference(event.gateway, event.subscription_ref)
    return replace(account, orphans=with_confirmed(account.orphans, key))


@_evolved.register
def _(event: events.RefundEvent, account: Account) -> Account:
    return replace(account, refunds={**account.refunds, event.command_id: event})


@_evolved.register
def _(_: events.SubscriptionAdopted, account: Account) -> Account:
    return account


@_evolved.register
def _(event: events.GatewayReferenceForgotten, account: Account) -> Account:
    key = reference(event.gateway, event.ref)
    orphans = with_confirmed(account.orphans, key)
    return replace(account, forgotten=account.forgotten | {key}, orphans=orphans)


@_evolved.register
def _(event: events.PaymentMethodSaved, account: Account) -> Account:
    method = SavedMethod(
        gateway=event.gateway,
        customer=event.customer_ref,
        ref=event.payment_method_ref,
        brand=event.brand,
        last4=event.last4,
    )
    return replace(account, method=method)


@_evolved.register
def _(event: events.WorkspaceSettingsChanged, account: Account) -> Account:
    return replace(account, plan_change=event.plan_change, billing_email=event.billing_email)


def _noted(
    account: Account, event: events.SubscriptionEvent | events.SubscriptionSuperseded
) -> Account:
    """When which subscription was seen, and who pays for it."""
    subscription, seen = event.subscription, account.seen
    if event.seen_at is not None:
        seen = {**seen, subscription.key: event.seen_at}
    return replace(account, seen=seen, payers=with_payer(account.payers, subscription))
