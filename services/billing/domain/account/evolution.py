"""What its events make of an account."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from functools import singledispatch

from kernel.decider import Decider
from kernel.events import DomainEvent
from services.billing.domain.account import events
from services.billing.domain.account.checkout import Checkout, with_checkout
from services.billing.domain.account.records import (
    AnnouncedMigration,
    Orphan,
    SavedMethod,
    with_confirmed,
    with_payer,
)
from services.billing.domain.account.state import Account
from services.billing.domain.account.subscription import Subscription, reference, with_price


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
        quantity=event.quantity,
        trial=event.trial,
        discount=event.discount,
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
    return replace(
        _noted(account, event),
        subscription=subscription,
        ends=ends,
        unpaid_trial=_unpaid_trial(account, event),
    )


@_evolved.register
def _(event: events.TrialEnding, account: Account) -> Account:
    return replace(account, trial_end_told=event.subscription.trial_ends_at)


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
        trials=account.trials | _trial_families(account, subscription),
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
    asked = account.change
    if asked is None or asked.command_id != event.command_id:
        return account
    given, offers = account.discounts_given, account.offers_given
    if asked.discount is not None and isinstance(event, events.ChangeConfirmed):
        given = {**given, asked.discount.code: asked.command_id}
        offers = {**offers, asked.discount.gateway_offer: asked.discount}
    return replace(account, change=None, discounts_given=given, offers_given=offers)


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
        expires=event.expires,
    )
    return replace(account, method=method)


@_evolved.register
def _(event: events.WorkspaceSettingsChanged, account: Account) -> Account:
    return replace(account, plan_change=event.plan_change, billing_email=event.billing_email)


@_evolved.register
def _(event: events.BillingProfileChanged, account: Account) -> Account:
    return replace(account, billing_profile=event.profile)


@_evolved.register
def _(event: events.WorkspaceOverridesChanged, account: Account) -> Account:
    return replace(account, overrides=event.overrides)


@_evolved.register
def _(event: events.PlanMigrationAnnounced, account: Account) -> Account:
    announced = AnnouncedMigration(
        migration_id=event.migration_id, deal=event.deal, not_before=event.not_before
    )
    return replace(account, migration=announced)


@_evolved.register
def _(event: events.PlanMigrationApprovalAsked, account: Account) -> Account:
    known = account.migration
    asked = replace(known, checkout_id=event.checkout_id) if known is not None else None
    return replace(account, migration=asked)


@_evolved.register
def _(_: events.PlanMigrationWithdrawn, account: Account) -> Account:
    return replace(account, migration=None)


def _unpaid_trial(account: Account, event: events.SubscriptionEvent) -> datetime | None:
    if isinstance(event, events.TrialStarted):
        return event.timestamp
    over = isinstance(event, events.SubscriptionCancelled | events.TrialConverted)
    return None if over else account.unpaid_trial


def _trial_families(account: Account, subscription: Subscription) -> frozenset[str]:
    checkout = account.checkouts.get(subscription.checkout_id or "")
    trial = checkout.trial if checkout is not None else None
    return frozenset({trial.family} if trial is not None else ())


def _noted(
    account: Account, event: events.SubscriptionEvent | events.SubscriptionSuperseded
) -> Account:
    """When which subscription was seen, and who pays for it."""
    subscription, seen = event.subscription, account.seen
    if event.seen_at is not None:
        seen = {**seen, subscription.key: event.seen_at}
    return replace(account, seen=seen, payers=with_payer(account.payers, subscription))
