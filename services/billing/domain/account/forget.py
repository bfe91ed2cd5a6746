"""A gateway does not answer for an object any more, and nobody is to wait for it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime

from kernel.events import DomainEvent
from services.billing.domain.account import events
from services.billing.domain.account.close_checkout import decide_close_checkout
from services.billing.domain.account.confirm_change import decide_refuse_change
from services.billing.domain.account.state import Account
from services.billing.domain.account.subscription import reference
from services.billing.domain.errors import AccountUnknown

FORGOTTEN = "forgotten"


def decide_forget(
    account: Account, gateway: str, ref: str, reason: str, at: datetime
) -> list[DomainEvent]:
    """A subscription ends with it, a checkout is closed, a customer is made anew by the next
    checkout. Nothing when it is forgotten already. Raises AccountUnknown for what is not this
    workspace's."""
    if reference(gateway, ref) in account.forgotten:
        return []
    if not _is_known(account, gateway, ref):
        raise AccountUnknown(gateway=gateway, ref=ref)
    forgotten = events.GatewayReferenceForgotten(
        timestamp=at, gateway=gateway, ref=ref, reason=reason
    )
    return [forgotten, *_closed(account, gateway, ref, at), *_ended(account, gateway, ref, at)]


def _is_known(account: Account, gateway: str, ref: str) -> bool:
    payers = account.payers.values()
    named = {(each.gateway, each.ref) for each in payers}
    named |= {(each.gateway, each.customer) for each in payers if each.customer}
    named |= {(each.gateway, each.ref) for each in account.checkouts.values()}
    named |= {(each.gateway, each.id) for each in account.checkouts.values()}
    if account.method is not None:
        named.add((account.method.gateway, account.method.customer))
    return (gateway, ref) in named


def _closed(account: Account, gateway: str, ref: str, at: datetime) -> Iterator[DomainEvent]:
    for checkout in account.checkouts.values():
        if checkout.gateway == gateway and ref in (checkout.ref, checkout.id):
            yield from decide_close_checkout(account, checkout.id, "failed", at)


def _ended(account: Account, gateway: str, ref: str, at: datetime) -> Iterator[DomainEvent]:
    live, change = account.live, account.change
    if change is not None and (change.gateway, change.subscription_ref) == (gateway, ref):
        yield from decide_refuse_change(account, change.command_id, FORGOTTEN, at)
    if live is not None and live.is_at(gateway, ref):
        ended = replace(
            live, status="cancelled", closed=True, ended_at=at, cancel_at=None, next_plan=None
        )
        yield events.SubscriptionCancelled(timestamp=at, subscription=ended)
